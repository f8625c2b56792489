//! As much of OpenAPI 3.1 and JSON Schema as our description uses. It is stricter than these: a
//! member that is not described is a mistake, and so is a word that is not known here.

use std::collections::BTreeSet;

use serde_json::Value;

/// A description.
pub struct Document(Value);

type Checked = Result<(), String>;

impl Document {
    /// Takes a description.
    pub fn new(value: Value) -> Document {
        Document(value)
    }

    /// Every operation, as `get /path`.
    pub fn operations(&self) -> BTreeSet<String> {
        let paths = self.0["paths"].as_object().expect("there are paths");
        let methods = |(path, item): (&String, &Value)| {
            let methods = item.as_object().expect("a path has operations").keys();
            let methods = methods.filter(|key| *key != "parameters");
            methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
        };
        paths.iter().flat_map(methods).collect()
    }

    /// Whether an answer is one that is described.
    pub fn answer(
        &self,
        operation: &str,
        status: u16,
        media_type: Option<&str>,
        body: &Value,
    ) -> Checked {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let responses = &self.0["paths"][path][method]["responses"];
        let response = responses.get(status.to_string()).or_else(|| responses.get("default"));
        let response = self.resolve(response.ok_or(format!("{status} is not described"))?)?;
        let Some(content) = response.get("content") else { return Ok(()) };
        let media_type = media_type.ok_or("there is no Content-Type")?;
        let content = content.get(media_type).ok_or(format!("{media_type} is not described"))?;
        self.matches(&content["schema"], body, "$")
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value, String> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        let pointer = reference.trim_start_matches('#');
        self.0.pointer(pointer).ok_or(format!("{reference} leads nowhere"))
    }

    /// Whether a value is what a schema says. `at` is where in the answer it is.
    fn matches(&self, schema: &Value, value: &Value, at: &str) -> Checked {
        let schema = self.resolve(schema)?;
        for (word, operand) in schema.as_object().ok_or("a schema is an object")? {
            let holds = match word.as_str() {
                "type" => is_of_type(operand, value),
                "const" => operand == value,
                "enum" => operand.as_array().is_some_and(|all| all.contains(value)),
                "required" => names(operand).all(|name| value.get(name).is_some()),
                "format" => value.is_null() || is_date(value),
                "items" => return self.all_match(operand, value, at),
                "properties" => self.members_match(operand, value, at).map(|()| true)?,
                "additionalProperties" => {
                    let mut members = value.as_object().into_iter().flatten();
                    members.try_for_each(|(_, member)| self.matches(operand, member, at))?;
                    true
                }
                "oneOf" => {
                    let some = operand.as_array().ok_or("oneOf is a list")?;
                    some.iter().filter(|it| self.matches(it, value, at).is_ok()).count() == 1
                }
                "description" | "examples" => true,
                other => return Err(format!("{other} is not known here")),
            };
            if !holds {
                return Err(format!("{at}: {value} is not {word} {operand}"));
            }
        }
        Ok(())
    }

    fn all_match(&self, schema: &Value, value: &Value, at: &str) -> Checked {
        let items = value.as_array().ok_or(format!("{at} is not a list"))?;
        items.iter().try_for_each(|item| self.matches(schema, item, &format!("{at}[]")))
    }

    fn members_match(&self, properties: &Value, value: &Value, at: &str) -> Checked {
        let members = value.as_object().ok_or(format!("{at} is not an object"))?;
        members.iter().try_for_each(|(name, member)| {
            let at = format!("{at}.{name}");
            let schema = properties.get(name).ok_or(format!("{at} is not described"))?;
            self.matches(schema, member, &at)
        })
    }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn is_of_type(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    };
    types.as_str().is_some_and(is) || names(types).any(is)
}

/// RFC 3339, as far as its shape goes.
fn is_date(value: &Value) -> bool {
    let shape = "0000-00-00T00:00:00";
    value.as_str().is_some_and(|text| {
        let digits = text.replace(|it: char| it.is_ascii_digit(), "0");
        digits.starts_with(shape) && digits.ends_with('Z')
    })
}

#[test]
fn it_finds_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["name"],
        "properties": { "name": { "type": "string" }, "pid": { "type": ["integer", "null"] } }
    });
    let document = Document::new(Value::Null);
    let holds = |value: Value| document.matches(&schema, &value, "$").is_ok();
    assert!(holds(serde_json::json!({ "name": "ide", "pid": null })));
    assert!(!holds(serde_json::json!({ "pid": 1 })));
    assert!(!holds(serde_json::json!({ "name": "ide", "pid": "1" })));
    assert!(!holds(serde_json::json!({ "name": "ide", "more": 1 })));
    assert!(!holds(serde_json::json!([])));
}
