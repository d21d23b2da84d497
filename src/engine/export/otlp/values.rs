//! Attributes, resource and scope, as every request has them.

use crate::engine::json::{object, text_of, Field, Json, Object, Written};
use serde_json::Value;
use std::borrow::Cow;

/// A value of an attribute.
#[derive(Clone, Debug)]
pub(super) enum AnyValue<'a> {
    Text(Cow<'a, str>),
    Truth(bool),
    Whole(i64),
    Double(f64),
    List(Vec<AnyValue<'a>>),
}

impl Json for AnyValue<'_> {
    fn write(&self, to: &mut Written) {
        let (key, value): (_, &dyn Json) = match self {
            Self::Text(text) => ("stringValue", text),
            Self::Truth(truth) => ("boolValue", truth),
            Self::Whole(whole) => ("intValue", &whole.to_string()),
            Self::Double(double) => ("doubleValue", double),
            Self::List(values) => ("arrayValue", &object(&[("values", values)])),
        };
        to.object(&[(key, value)]);
    }
}

/// An attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    key: Cow<'a, str>,
    value: AnyValue<'a>,
}

impl Json for Attribute<'_> {
    fn write(&self, to: &mut Written) {
        to.object(&[("key", &self.key), ("value", &self.value)]);
    }
}

impl<'a> Attribute<'a> {
    pub fn new(key: impl Into<Cow<'a, str>>, value: AnyValue<'a>) -> Self {
        let key = key.into();
        Self { key, value }
    }

    pub fn text(key: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        Self::new(key, AnyValue::Text(value.into()))
    }

    /// A whole number as an integer, any other with its fraction.
    pub fn number(key: impl Into<Cow<'a, str>>, value: f64) -> Self {
        /// Beyond, doubles skip whole numbers.
        const MOST: f64 = 9_007_199_254_740_992.0;
        let value = if value.fract() == 0.0 && value.abs() <= MOST {
            AnyValue::Whole(value as i64)
        } else {
            AnyValue::Double(value)
        };
        Self::new(key, value)
    }

    pub fn double(key: &'static str, value: f64) -> Self {
        Self::new(key, AnyValue::Double(value))
    }
}

/// Attributes that a caller gives, from the text of a JSON object of texts, numbers, truth values
/// and lists of them.
#[derive(Clone, Debug, Default)]
pub struct Attributes(Vec<Attribute<'static>>);

impl Attributes {
    /// # Errors
    ///
    /// If the text is no JSON object.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        let given: serde_json::Map<String, Value> = serde_json::from_str(text)?;
        let known = given
            .into_iter()
            .filter_map(|(key, value)| Some(Attribute::new(key, any_value(value)?)));
        Ok(Self(known.collect()))
    }
}

fn any_value(value: Value) -> Option<AnyValue<'static>> {
    Some(match value {
        Value::String(text) => AnyValue::Text(text.into()),
        Value::Bool(truth) => AnyValue::Truth(truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => AnyValue::Whole(whole),
            None => AnyValue::Double(number.as_f64()?),
        },
        Value::Array(values) => AnyValue::List(values.into_iter().filter_map(any_value).collect()),
        Value::Null | Value::Object(_) => return None,
    })
}

/// A request of this package: its content, and the field names of its kind.
pub(super) fn request(
    resource: &Attributes,
    [resources, scopes, items]: [&str; 3],
    sent: &dyn Json,
) -> String {
    let scope: [Field<'_>; 2] = [
        ("name", &env!("CARGO_PKG_NAME")),
        ("version", &env!("CARGO_PKG_VERSION")),
    ];
    let scoped: [Field<'_>; 2] = [("scope", &Object(&scope)), (items, sent)];
    let resource: [Field<'_>; 1] = [("attributes", &resource.0)];
    let of_resource: [Field<'_>; 2] = [
        ("resource", &Object(&resource)),
        (scopes, &[Object(&scoped)]),
    ];
    text_of(&Object(&[(resources, &[Object(&of_resource)])]))
}

/// Whole nanoseconds since 1970 UTC of a wall clock in ms.
pub(super) fn unix_nanos(wall_ms: f64) -> u64 {
    // Whole milliseconds first: their product is exact.
    let whole = wall_ms.max(0.0).floor();
    let rest = (wall_ms.max(0.0) - whole) * 1e6;
    (whole as u64)
        .saturating_mul(1_000_000)
        .saturating_add(rest.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::json::text_of;

    #[test]
    fn numbers_are_whole_ones_where_they_are_exactly() {
        let json = |value| text_of(&Attribute::number("n", value));
        assert_eq!(json(3.0), r#"{"key":"n","value":{"intValue":"3"}}"#);
        assert_eq!(json(0.5), r#"{"key":"n","value":{"doubleValue":0.5}}"#);
        assert!(json(1e300).contains("doubleValue"));
    }

    #[test]
    fn given_attributes_keep_their_types_and_lose_what_is_no_value() {
        let text = r#"{"a":"x","b":true,"c":3,"d":0.5,"e":["x",1],"f":null,"g":{}}"#;
        let given = Attributes::from_json(text).unwrap();
        assert_eq!(
            text_of(&given.0),
            concat!(
                r#"[{"key":"a","value":{"stringValue":"x"}},{"key":"b","value":{"boolValue":true}},"#,
                r#"{"key":"c","value":{"intValue":"3"}},{"key":"d","value":{"doubleValue":0.5}},"#,
                r#"{"key":"e","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"1"}]}}}]"#
            )
        );
        assert!(Attributes::from_json("[]").is_err());
    }

    #[test]
    fn times_are_exact_to_the_nanosecond() {
        assert_eq!(unix_nanos(1_767_614_400_123.0), 1_767_614_400_123_000_000);
        assert_eq!(unix_nanos(0.000_001), 1);
        assert_eq!(unix_nanos(-1.0), 0);
    }
}
