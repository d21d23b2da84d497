//! JSON text, written through a table of functions per kind of value, because serializers are
//! compiled for every struct and field.

use std::borrow::Cow;

/// A value with a form in JSON.
pub trait Json {
    /// Appends it to a text.
    fn write(&self, to: &mut Written);

    /// Whether an object has no field for it.
    fn is_left_out(&self) -> bool {
        false
    }
}

/// The text of a value.
pub fn text_of(value: &dyn Json) -> String {
    let mut text = Written::default();
    value.write(&mut text);
    String::from_utf8(text.0).unwrap_or_default()
}

/// A field of an object: its name and its value.
pub type Field<'a> = (&'a str, &'a dyn Json);

/// JSON text being written.
#[derive(Clone, Debug, Default)]
pub struct Written(Vec<u8>);

impl Written {
    /// A text that is already JSON.
    pub fn from_json(text: String) -> Self {
        Self(text.into_bytes())
    }

    /// One object with the fields of two.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.pop();
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.extend(other.0.get(1..).unwrap_or_default());
        self
    }

    /// Its bytes so far.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Appends JSON text.
    pub fn push(&mut self, json: &str) {
        self.0.extend(json.as_bytes());
    }

    /// Appends an object.
    pub fn object(&mut self, fields: &[Field<'_>]) {
        let mut before = "{";
        for (name, value) in fields {
            if value.is_left_out() {
                continue;
            }
            self.push(before);
            name.write(self);
            self.0.push(b':');
            value.write(self);
            before = ",";
        }
        self.push(if before == "{" { "{}" } else { "}" });
    }
}

/// An object, written in place: large values are not copied for each enclosing object.
#[derive(Clone, Copy)]
pub struct Object<'a>(pub &'a [Field<'a>]);

impl Json for Object<'_> {
    fn write(&self, to: &mut Written) {
        to.object(self.0);
    }
}

/// Initial bytes, enough for most objects: a growing text is copied.
const ROOM: usize = 256;

/// An object as text.
pub fn object(fields: &[Field<'_>]) -> Written {
    let mut text = Written(Vec::with_capacity(ROOM));
    text.object(fields);
    text
}

/// A list of values of several kinds.
pub fn list(values: &[&dyn Json]) -> Written {
    let mut text = Written::default();
    values.write(&mut text);
    text
}

/// A finite number without an exponent: as `Display` has it, which is ten times the machine code.
pub fn plain(number: f64) -> String {
    let mut text = text_of(&number);
    if !text.contains('e') {
        if text.ends_with(".0") {
            text.truncate(text.len() - 2);
        }
        return text;
    }
    let (sign, text) = text.split_at(usize::from(text.starts_with('-')));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut digits = format!("{whole}{fraction}");
    let exponent = exponent.parse::<isize>().unwrap_or(0);
    // Where the point stands among the digits, once zeros stand on either side of it.
    let point = whole.len().saturating_add_signed(exponent).max(1);
    let ahead = exponent.unsigned_abs().saturating_sub(whole.len() - 1);
    if exponent < 0 {
        digits.insert_str(0, &"0".repeat(ahead));
    }
    while digits.len() < point {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(point);
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{dot}{fraction}")
}

/// A value that objects have no field for where there is none.
#[derive(Debug)]
pub struct IfAny<T>(pub Option<T>);

impl<T: Json> Json for IfAny<T> {
    fn write(&self, to: &mut Written) {
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
    fn write(&self, to: &mut Written) {
        self.0.write(to);
    }

    fn is_left_out(&self) -> bool {
        self.0.is_empty()
    }
}

impl Json for Written {
    fn write(&self, to: &mut Written) {
        to.0.extend(&self.0);
    }
}

impl Json for f64 {
    /// `null` where it is not finite.
    fn write(&self, to: &mut Written) {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut to.0, self);
    }
}

impl Json for str {
    #[inline(never)]
    fn write(&self, to: &mut Written) {
        let is_plain = |byte: &u8| !matches!(byte, 0..0x20 | b'"' | b'\\');
        if self.as_bytes().iter().all(is_plain) {
            // Nearly all: names of fields are texts, too.
            to.0.push(b'"');
            to.push(self);
            to.0.push(b'"');
        } else {
            let _ = serde_json::to_writer(&mut to.0, self);
        }
    }
}

impl Json for bool {
    fn write(&self, to: &mut Written) {
        to.push(if *self { "true" } else { "false" });
    }
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Json for $type {
            fn write(&self, to: &mut Written) {
                match u8::try_from(*self) {
                    // Most counts of a histogram.
                    Ok(digit @ 0..10) => to.0.push(b'0' + digit),
                    _ => {
                        let _ = serde_json::to_writer(&mut to.0, self);
                    }
                }
            }
        }
    )*};
}
whole!(u8 u32 u64 usize i32);

macro_rules! text {
    ($($type:ty)*) => {$(
        impl Json for $type {
            fn write(&self, to: &mut Written) {
                str::write(self, to);
            }
        }
    )*};
}
text!(String Box<str> Cow<'_, str>);

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, to: &mut Written) {
        (**self).write(to);
    }

    fn is_left_out(&self) -> bool {
        (**self).is_left_out()
    }
}

impl<T: Json> Json for Option<T> {
    /// `null` where there is none.
    fn write(&self, to: &mut Written) {
        match self {
            Some(value) => value.write(to),
            None => to.push("null"),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, to: &mut Written) {
        let mut before = b'[';
        for value in self {
            to.0.push(before);
            value.write(to);
            before = b',';
        }
        to.push(if self.is_empty() { "[]" } else { "]" });
    }
}

impl<T: Json, const LEN: usize> Json for [T; LEN] {
    fn write(&self, to: &mut Written) {
        self[..].write(to);
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, to: &mut Written) {
        self[..].write(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_those_of_display() {
        let mut numbers = vec![
            0.0,
            -0.0,
            1.0,
            10.0,
            0.1,
            1e15,
            1e16,
            1e17,
            1.5e300,
            f64::MAX,
        ];
        numbers.extend([5e-324, 1.25e-7, 123_456.789, 1e-5, 0.004, 1_767_614_400.123]);
        numbers.extend((0..2_000).map(|of| f64::from_bits(of * 4_611_686_018_427_387)));
        for number in numbers.into_iter().filter(|number| number.is_finite()) {
            assert_eq!(plain(number), number.to_string());
            assert_eq!(plain(-number), (-number).to_string());
        }
    }

    #[test]
    fn objects_join_and_have_no_field_for_what_they_are_to_leave_out() {
        let none: Option<f64> = None;
        let first = object(&[
            ("a\"", &none),
            ("b", &IfAny(none)),
            ("c", &IfFull::<f64>(&[])),
        ]);
        assert_eq!(text_of(&first), r#"{"a\"":null}"#);
        let second = object(&[("d", &[1.0, f64::NAN])]);
        assert_eq!(
            text_of(&first.and(&second)),
            r#"{"a\"":null,"d":[1.0,null]}"#
        );
        assert_eq!(text_of(&object(&[]).and(&second)), text_of(&second));
    }
}
