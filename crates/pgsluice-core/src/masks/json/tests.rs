use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::masks::{MASKS, trial};

fn build(rule: &Value) -> Built {
    trial::build(&rule.to_string(), &trial::column(Kind::Json, None)).expect("the rule is sound")
}

fn refusal(rule: &Value) -> Refusal {
    let refused = trial::build(&rule.to_string(), &trial::column(Kind::Json, None)).err();
    refused.expect("the rule is refused").remove(0)
}

fn mask(paths: &Value, otherwise: &str, document: &str) -> String {
    trial::apply_text(&build(&json!({"mask": "json", "paths": paths, "otherwise": otherwise})), document)
}

// Python: blake3 keyed with HKDF-SHA-256(bytes(range(32)), info=b"pgsluice/1/mask/hash/domain hash"), 32 digits.
const HASH_OF_IP: &str = "73ad1386f211f55fca028df07e42b356";
const HASH_OF_42: &str = "669b41a1e7b43c497dbd8b0bc2d59b20";

#[test]
fn known_answers() {
    let paths = json!({"$.ip": "hash", "$.n": "hash", "$.plan": "keep", "$.t": "token"});
    let document = r#"{"ip": "10.0.0.1", "n" : 42,"plan":"gold", "t": "a\"b\n", "new": "x", "z": {"a": 1}}"#;

    let masked = mask(&paths, "null", document);

    // Python, token: info=b"pgsluice/1/mask/token/d $.t", value b'a"b\n'.
    let expected = format!(
        r#"{{"ip": "{HASH_OF_IP}", "n" : "{HASH_OF_42}","plan":"gold", "t": "vet3iy4qg3algh2l4xxwp34gdd", "new": null, "z": {{}}}}"#
    );
    assert_eq!(expected, masked);
}

#[test]
fn kept_parts_are_the_same_bytes() {
    let number = "1".repeat(100);
    let document = format!(
        " {{ \"a\" : [1.0e+5, -0, {number}, true , null,\"\\u0000\\ud83d\\/\"] ,\t\"a\":{{}}, \"b\":[ ]\n}} "
    );

    assert_eq!(document, mask(&json!({}), "keep", &document));
    assert_eq!(document, mask(&json!({"$.x.y": "null", "$.a[9]": "null"}), "keep", &document));
}

#[test]
fn nothing_named_becomes_null_or_empty() {
    for (document, expected) in [
        (r#"{"a": "x"}"#, "{}"),
        (" [1, 2] ", " [] "),
        ("\"x\"", "null"),
        ("12", "null"),
        ("true", "null"),
        ("null", "null"),
    ] {
        assert_eq!(expected, trial::apply_text(&build(&json!("json")), document));
    }
    assert_eq!(r#"{"b": {}, "a": 1}"#, mask(&json!({"$.a": "keep"}), "null", r#"{"b": {"c": 2}, "a": 1}"#));
}

#[test]
fn paths_lead_where_they_say() {
    let document = r#"{"a":{"b":[{"c":1},{"c":2,"d":3}]},"q.\"x":4,"e":[5,6],"f":{"g":7}}"#;
    for (path, kept) in [
        ("$", vec!["1", "2", "3", "4", "5", "6", "7"]),
        ("$.a", vec!["1", "2", "3"]),
        ("$.a.b[*].c", vec!["1", "2"]),
        ("$.a.b[1]", vec!["2", "3"]),
        ("$.a.b[1].*", vec!["2", "3"]),
        ("$.\"q.\\\"x\"", vec!["4"]),
        ("$.\"\\u0065\"[0]", vec!["5"]),
        ("$.*[1]", vec!["6"]),
        ("$.*.g", vec!["7"]),
        ("$.*", vec!["1", "2", "3", "4", "5", "6", "7"]),
        ("$[0]", vec![]),
    ] {
        let masked = mask(&json!({ path: "keep" }), "null", document);
        let found: Vec<String> =
            masked.chars().filter(char::is_ascii_digit).map(|digit| digit.to_string()).collect();
        assert_eq!(kept, found, "{path}: {masked}");
        serde_json::from_str::<Value>(&masked).expect("masked documents are documents");
    }
}

#[test]
fn the_longer_and_the_more_exact_path_wins() {
    let paths = json!({
        "$.a": "keep", "$.a.b": "null", "$.*.c": "null", "$.d.*": "keep", "$.*.e": "null", "$.*.*.f": "keep",
    });
    let document = r#"{"a":{"b":1,"c":2,"x":3},"d":{"e":4,"c":5},"y":{"c":6,"z":7,"w":{"f":8}}}"#;

    let masked = mask(&paths, "null", document);

    let expected = r#"{"a":{"b":null,"c":null,"x":3},"d":{"e":4,"c":5},"y":{"c":null,"z":null,"w":{"f":8}}}"#;
    assert_eq!(expected, masked);
}

#[test]
fn masks_go_through_containers_and_leave_words_null() {
    let document = r#"{"a":{"k":["x",true,{"y":"10.0.0.1"},null,[]]}}"#;

    let masked = mask(&json!({"$.a": "hash"}), "null", document);

    let value: Value = serde_json::from_str(&masked).expect("a document");
    assert_eq!(json!(HASH_OF_IP), value["a"]["k"][2]["y"]);
    assert_eq!((&Value::Null, &Value::Null), (&value["a"]["k"][1], &value["a"]["k"][3]));
    assert_eq!(json!([]), value["a"]["k"][4]);
}

#[test]
fn escapes_are_decoded_for_masks_and_keys_and_written_again() {
    let paths = json!({"$.a": "hash", "$.t": "redact"});
    let spelled = mask(&paths, "null", r#"{"\u0061": "\u0031\u0030.0.0.1"}"#);

    assert_eq!(format!(r#"{{"\u0061": "{HASH_OF_IP}"}}"#), spelled);
    let masked = mask(&paths, "null", r#"{"t": "\"a\"\\\n\r\t\b\u0000\u001f \ud83d\ude00 \ud83d x"}"#);
    let expected = "{\"t\": \"\\\"a\\\"\\\\\\n\\r\\t\\u0008\\u0000\\u001f \u{1f600} \u{fffd} x\"}";
    assert_eq!(expected, masked);
}

#[test]
fn keys_that_no_path_names_can_be_hashed() {
    let rule =
        json!({"mask": "json", "paths": {"$.a": "hash", "$.k": "keep"}, "otherwise": "hash", "keys": "hash"});
    let masked =
        trial::apply_text(&build(&rule), r#"{"a": 42, "alice@\u0078.org": 42, "k": {"alice@x.org": 1}}"#);

    // Python: word of b"alice@x.org" under the child "keys" of info=b"pgsluice/1/mask/json/d".
    let expected = format!(
        r#"{{"a": "{HASH_OF_42}", "eli4zu5qeeepccuqfq7hrc2hfh": "{HASH_OF_42}", "k": {{"alice@x.org": 1}}}}"#
    );
    assert_eq!(expected, masked);
}

#[test]
fn jsonb_keeps_its_version_and_refuses_others() {
    let mask = trial::build("\"json\"", &trial::column(Kind::Jsonb, None)).expect("the rule is sound");

    assert_eq!(b"\x01{}".to_vec(), trial::apply_bytes(&mask, b"\x01{\"a\": 1}"));
    for value in [&b""[..], b"{}", b"\x02{}"] {
        assert!(trial::apply(&mask, value).is_err());
    }
}

#[test]
fn what_is_no_document_is_an_error() {
    let mask = build(&json!({"mask": "json", "paths": {"$.a[*].b": "hash"}, "otherwise": "hash"}));
    for document in [
        "",
        " ",
        "{",
        "[",
        "{]",
        "[1",
        "[1,",
        "[1 2]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1,}",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "tru",
        "01",
        "-",
        "1.",
        "1e",
        ".5",
        "+1",
        "1 2",
        "{} x",
        "NaN",
        "'a'",
        "[\"a]",
        "{\"a\":[{\"b\":}]}",
    ] {
        assert!(trial::apply(&mask, document.as_bytes()).is_err(), "{document}");
    }
    assert!(trial::apply(&mask, b"\"\xff\"").is_err());
}

#[test]
fn any_depth_is_survived_and_nothing_deep_is_shown() {
    let deep = format!("{}\"secret\"{}", "[".repeat(1_000_000), "]".repeat(1_000_000));

    let masked = mask(&json!({}), "hash", &deep);

    assert_eq!(walk::DEPTH_MAX * 2 + "null".len(), masked.len());
    assert!(masked.contains("[null]"));
    assert_eq!(deep, mask(&json!({"$.a": "null"}), "keep", &deep));
    assert!(trial::apply(&build(&json!("json")), "[".repeat(1_000_000).as_bytes()).is_err());
    let objects = format!("{}1{}", "{\"a\":".repeat(2_000), "}".repeat(2_000));
    assert!(mask(&json!({"$.a.a.b": "keep"}), "hash", &objects).contains("{\"a\":null}"));
}

#[test]
fn huge_strings_pass() {
    let document = format!("{{\"a\": \"{}\"}}", "x\\n".repeat(5_000_000));

    assert_eq!("{\"a\": \"".len() + 34, mask(&json!({"$.a": "hash"}), "null", &document).len());
}

#[test]
fn refusals_name_the_path_and_all_reasons() {
    let refused = refusal(&json!({"mask": "json", "paths": {
        "$.a": "hush", "$.b": {"mask": "hash", "length": 3}, "c": "keep", "$.d": "default", "$.e": {"length": 3},
        "$.f": "json", "$.g": 7, "$.h": {"mask": "hash", "domain": 1}, "$.i": {"mask": "city", "locale": "xx"},
    }}));

    for place in ["$.a", "$.b", "$.d", "$.e", "$.f", "$.g", "$.h", "$.i"] {
        assert!(refused.message.contains(&format!("path \"{place}\"")), "{place}: {}", refused.message);
    }
    assert!(refused.message.contains("\"c\" is no path"));
    assert!(refusal(&json!({"mask": "json", "otherwise": "hush"})).message.contains("otherwise"));
    assert_eq!("parameter", refusal(&json!({"mask": "json", "keys": "drop"})).code);
    assert!(
        refusal(&json!({"mask": "json", "paths": {"$.a": "null", "$.\"a\"": "keep"}}))
            .message
            .contains("same")
    );
}

#[test]
fn paths_that_are_none_are_refused() {
    for path in [
        "", "a", ".a", "$a", "$.", "$..a", "$[", "$[]", "$[-1]", "$[+1]", "$[1", "$.a b", "$.\"a", "$.a*",
        "$[*",
    ] {
        assert!(path::read(path).is_err(), "{path}");
    }
    assert_eq!(
        vec![path::Step::Name(b"a-b:c".to_vec()), path::Step::Index(12), path::Step::AnyName],
        path::read("$.a-b:c[12].*").expect("a path")
    );
}

#[test]
fn paths_that_multiply_are_refused_or_small() {
    let paths: Vec<Vec<path::Step>> = (0..16)
        .map(|place| {
            let step = |n: u32| {
                if n == place { path::Step::Name(b"a".to_vec()) } else { path::Step::AnyName }
            };
            (0..20).map(step).chain([path::Step::Index(place.into())]).collect()
        })
        .collect();

    assert!(automaton::compile(&paths).is_err());
}

#[test]
fn domains_are_those_of_columns_unless_named() {
    let shared = mask(&json!({"$.a": {"mask": "hash", "domain": "x"}}), "null", r#"{"a": 42}"#);

    assert!(!shared.contains(HASH_OF_42));
}

/// Whatever masks there are: each one builds inside a document or says why not, and gives a document.
#[test]
fn every_mask_works_or_is_refused_inside() {
    let document = r#"{"a": ["Ann", 7, -1.5, 1e300, 123456789012345678901234567890, "2024-01-31", "10.0.0.1", true, ""]}"#;
    for spec in MASKS {
        let rule = json!({"mask": "json", "paths": {"$.a": spec.name}}).to_string();
        if let Ok(built) = trial::build(&rule, &trial::column(Kind::Json, None)) {
            let masked = trial::apply_text(&built, document);
            let value: Value = serde_json::from_str(&masked).unwrap_or_else(|_| panic!("{}", spec.name));
            assert!(value["a"].as_array().is_some_and(|list| [0, 9].contains(&list.len())), "{masked}");
        }
    }
}

fn document() -> impl Strategy<Value = Value> {
    let text = "[a-zA-Z\"\\\\/\n\u{1}é😀]{0,8}".prop_map(|text| format!("SECRET{text}"));
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        (1_000_000_000i64..).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "ü\""]), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// The same shape as far as a rule for leaves keeps it.
fn is_masked(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_masked(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|b| is_masked(v, b)))
        }
        (Value::Array(_) | Value::Object(_), _) => false,
        _ => after.is_null() || (after.is_string() && before != after),
    }
}

proptest! {
    #[test]
    fn null_leaves_no_value_anywhere(document in document(), is_pretty in any::<bool>()) {
        let text = if is_pretty { format!("{document:#}") } else { document.to_string() };

        for paths in [json!({}), json!({"$.a[*].b.x": "keep"}), json!({"$.*": "null"})] {
            let masked = mask(&paths, "null", &text);

            prop_assert!(!masked.contains("SECRET"), "{}", masked);
            prop_assert!(!masked.contains(|c: char| c.is_ascii_digit()), "{}", masked);
            prop_assert!(serde_json::from_str::<Value>(&masked).is_ok());
        }
    }

    #[test]
    fn a_mask_for_all_keeps_the_shape_and_no_value(document in document()) {
        let text = document.to_string();

        for name in ["hash", "text", "token", "email"] {
            let masked = mask(&json!({"$.a.b": name}), name, &text);

            let value: Value = serde_json::from_str(&masked).expect("a document");
            prop_assert!(is_masked(&document, &value), "{}", masked);
            prop_assert!(!masked.contains("SECRET"));
            prop_assert_eq!(&masked, &mask(&json!({"$.a.b": name}), name, &text));
        }
    }

    #[test]
    fn keep_is_the_identity(document in document(), is_pretty in any::<bool>()) {
        let text = if is_pretty { format!("{document:#}") } else { document.to_string() };

        prop_assert_eq!(&text, &mask(&json!({"$.a[0].b": "keep", "$.x.y.z": "null"}), "keep", &text));
    }

    #[test]
    fn any_bytes_give_a_document_or_an_error(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}:,\"\\\\a1-9eE.+ tru-]{0,30}") {
        let mask = build(&json!({"mask": "json", "paths": {"$.a": "hash"}, "otherwise": "hash"}));
        for value in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(masked) = trial::apply(&mask, value) {
                let masked = masked.expect("a value");
                prop_assert!(serde_json::from_slice::<Value>(&masked).is_ok());
            }
        }
    }
}
