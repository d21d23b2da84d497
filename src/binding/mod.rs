//! The border to Node.js: the only place that knows napi.
