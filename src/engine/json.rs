//! JSON text, written through a table of functions for each kind of value: serializers are compiled
//! anew for every struct and every field.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::Write;

/// What has a form in JSON.
pub trait Json {
    /// Appends it to a text.
    fn write(&self, to: &mut Vec<u8>);

    /// Whether an object has no field for it.
    fn is_left_out(&self) -> bool {
        false
    }
}

/// The text of a value.
pub fn text_of(value: &dyn Json) -> String {
    let mut text = Vec::new();
    value.write(&mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// A field of an object: its name and its value.
pub type Field<'a> = (&'a str, &'a dyn Json);

/// A value that is text already.
#[derive(Clone, Debug, Default)]
pub struct Written(Vec<u8>);

impl Written {
    /// A text that is JSON.
    pub fn from_json(text: String) -> Self {
        Self(text.into_bytes())
    }

    /// One object with the fields of two.
    pub fn and(mut self, other: &Self) -> Self {
        self.0.pop();
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.extend(other.0.get(1..).unwrap_or_default());
        self
    }
}

/// An object.
pub fn object(fields: &[Field<'_>]) -> Written {
    let mut text = Vec::new();
    write_object(fields, &mut text);
    Written(text)
}

/// Appends an object.
pub fn write_object(fields: &[Field<'_>], to: &mut Vec<u8>) {
    let mut before = b'{';
    for (name, value) in fields {
        if value.is_left_out() {
            continue;
        }
        to.push(before);
        name.write(to);
        to.push(b':');
        value.write(to);
        before = b',';
    }
    if before == b'{' {
        to.push(before);
    }
    to.push(b'}');
}

/// A list of values of several kinds.
pub fn list(values: &[&dyn Json]) -> Written {
    let mut text = Vec::new();
    values.write(&mut text);
    Written(text)
}

/// A value that objects have no field for where there is none.
#[derive(Debug)]
pub struct IfAny<T>(pub Option<T>);

impl<T: Json> Json for IfAny<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn is_left_out(&self) -> bool {
        self.0.is_none()
    }
}

/// A list that objects have no field for where it is empty.
#[derive(Debug)]
pub struct IfFull<'a, T>(pub &'a [T]);

impl<T: Json> Json for IfFull<'_, T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn is_left_out(&self) -> bool {
        self.0.is_empty()
    }
}

impl Json for Written {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(&self.0);
    }
}

impl Json for f64 {
    /// `null` where it is not finite.
    fn write(&self, to: &mut Vec<u8>) {
        // To memory nothing fails.
        let _ = serde_json::to_writer(to, self);
    }
}

impl Json for str {
    fn write(&self, to: &mut Vec<u8>) {
        let _ = serde_json::to_writer(to, self);
    }
}

impl Json for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(if *self { &b"true"[..] } else { b"false" });
    }
}

impl Json for i64 {
    fn write(&self, to: &mut Vec<u8>) {
        let _ = write!(to, "{self}");
    }
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Json for $type {
            fn write(&self, to: &mut Vec<u8>) {
                i64::write(&(*self as i64), to);
            }
        }
    )*};
}
whole!(u8 u32 u64 usize i32);

macro_rules! text {
    ($($type:ty)*) => {$(
        impl Json for $type {
            fn write(&self, to: &mut Vec<u8>) {
                str::write(self, to);
            }
        }
    )*};
}
text!(String Box<str> Cow<'_, str>);

impl Json for Value {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Null => to.extend(b"null"),
            Self::Bool(truth) => truth.write(to),
            Self::Number(number) => number.as_f64().write(to),
            Self::String(text) => text.write(to),
            Self::Array(values) => values.write(to),
            Self::Object(fields) => fields.write(to),
        }
    }
}

impl Json for Map<String, Value> {
    fn write(&self, to: &mut Vec<u8>) {
        let fields: Vec<Field<'_>> = self.iter().map(|(name, of)| (&**name, of as _)).collect();
        write_object(&fields, to);
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, to: &mut Vec<u8>) {
        (**self).write(to);
    }

    fn is_left_out(&self) -> bool {
        (**self).is_left_out()
    }
}

impl<T: Json> Json for Option<T> {
    /// `null` where there is none.
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(to),
            None => to.extend(b"null"),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, to: &mut Vec<u8>) {
        let mut before = b'[';
        for value in self {
            to.push(before);
            value.write(to);
            before = b',';
        }
        if before == b'[' {
            to.push(before);
        }
        to.push(b']');
    }
}

impl<T: Json, const LEN: usize> Json for [T; LEN] {
    fn write(&self, to: &mut Vec<u8>) {
        self[..].write(to);
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self[..].write(to);
    }
}
