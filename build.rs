//! Link flags for the Node.js addon; nothing when the engine is built alone.

fn main() {
    #[cfg(feature = "binding")]
    napi_build::setup();
}
