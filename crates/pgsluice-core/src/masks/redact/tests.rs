use proptest::prelude::*;

use super::*;
use crate::masks::trial;

fn marked(text: &str) -> String {
    trial::apply_text(&trial::text("\"redact\""), text)
}

fn only(kind: &str, text: &str) -> String {
    trial::apply_text(&trial::text(&format!(r#"{{"mask": "redact", "kinds": ["{kind}"]}}"#)), text)
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(*expected, marked(text), "{text}");
    }
}

#[test]
fn emails_are_found() {
    check(&[
        ("mail bob@corp.example.", "mail [email]."),
        ("<bob.o'neil+x@corp.example>, (a@b)", "<bob.o'[email]>, ([email])"),
        ("jörg@müller.example!", "[email]!"),
        ("to=bob@corp.example&x=1", "[email]"),
        ("see @bob and a@", "see @bob and a@"),
        ("a@b", "[email]"),
        ("@", "@"),
    ]);
}

#[test]
fn numbers_are_found() {
    check(&[
        ("call +49 (30) 123-4567 now", "call [phone] now"),
        ("(030) 123 45 67.", "[phone]."),
        ("Tel. 030/1234567", "Tel. [phone]"),
        ("01 23 45 67 89", "[phone]"),
        ("01\u{a0}23\u{a0}45\u{a0}67\u{a0}89", "[phone]"),
        ("x0301234567x", "x[phone]x"),
        ("room 123456, 12 34", "room 123456, 12 34"),
        ("card 4111 1111 1111 1111 ok", "card [card] ok"),
        ("card 4111-1111-1111-1112 bad", "card [phone] bad"),
        ("030 1234567 2nd floor", "[phone] 2nd floor"),
        ("1234567 8@corp.example", "[phone] [email]"),
        ("1234567.bob@corp.example", "[email]"),
        ("IBAN: DE89 3704 0044 0532 0130 00 please", "IBAN: [iban] please"),
        ("gb82west12345698765432", "[iban]"),
        ("DE88 3704 0044 0532 0130 00", "DE[phone]"),
    ]);
}

#[test]
fn dates_pass_with_their_time() {
    check(&[
        ("on 2024-01-31 at", "on 2024-01-31 at"),
        ("2024-01-31T23:59:59.123456Z", "2024-01-31T23:59:59.123456Z"),
        ("2024-01-31 23:59:59.123456+02", "2024-01-31 23:59:59.123456+02"),
        ("2024-01-31 1234567", "2024-01-31 [phone]"),
        ("2024-13-31", "[phone]"),
        ("2024-01-31-55", "[phone]"),
    ]);
}

#[test]
fn machines_are_found() {
    check(&[
        ("from 10.1.2.3:8080,10.1.2.3/8", "from [ip]:8080,[ip]/8"),
        ("10.1.2.3-10.1.2.9 v1.2.3.4", "[ip]-[ip] v[ip]"),
        ("host=010.001.002.003", "host=[ip]"),
        ("256.1.2.3, 1.2.3.4.5, 1.2.3", "256.1.2.3, 1.2.3.4.5, 1.2.3"),
        ("[2001:db8::1]:443 fe80::1%eth0", "[[ip]]:443 [ip]%eth0"),
        ("addr:2001:db8::1: ::1 fe80::", "addr:[ip]: [ip] [ip]"),
        ("::ffff:10.0.0.1 dead:: dead", "[ip] [ip] dead"),
        ("std::vector x::1 10:30:00 a :: b", "std::vector x::1 10:30:00 a :: b"),
        ("mac:00:1B:44:11:3a:b7 00-1b-44-11-3a-b7 001b.4411.3ab7", "mac:[mac] [mac] [mac]"),
        ("00:11:22:33:44:55:66:77", "[mac]"),
        ("on db01.prod.internal:5432.", "on [host]:5432."),
        ("10.1.2.3.example.com", "[host]"),
        ("end.Next e.g. i.e. z.B. 1.5 a..b", "end.Next e.g. i.e. z.B. 1.5 a..b"),
        ("müller.example xn--a.xn--p1ai", "[host] [host]"),
        ("see https://h.example/u?id=1&n=bob.", "see [url]."),
        ("www.example.com/bob \"ftp://x\"", "[url] \"[url]\""),
        ("postgres://u:pw@db/x", "[url]"),
        ("a // b ://x", "a // b ://x"),
    ]);
}

#[test]
fn a_number_does_not_swallow_the_front_of_an_address() {
    assert_eq!("[phone] [ip]", marked("1234567 2001:db8::1"));
    assert_eq!("3 [ip]", marked("3 10.1.2.3"));
    assert_eq!("3 [ip]", only("ip", "3 10.1.2.3"));
}

#[test]
fn kinds_that_are_not_asked_for_stay() {
    let text = "bob@corp.example 4111 1111 1111 1111 030 1234567 10.1.2.3 https://h.example/x";
    assert_eq!(text.replace("bob@corp.example", "[email]"), only("email", text));
    assert_eq!(text.replace("4111 1111 1111 1111", "[card]"), only("card", text));
    assert_eq!(text.replace("10.1.2.3", "[ip]"), only("ip", text));
    assert_eq!(text.replace("https://h.example/x", "[url]"), only("url", text));
    assert_eq!("https://[host]/x", only("host", "https://h.example/x"));
    assert_eq!("12 [card]", only("card", "12 4111 1111 1111 1111"));
}

// Python: HKDF and blake3 as for `token` with info=b"pgsluice/1/mask/redact/d", then blake3(kind, key=subkey) as the key.
#[test]
fn stand_ins_known_answers() {
    let mask = trial::text(r#"{"mask": "redact", "with": "mask"}"#);
    for (found, expected) in [
        ("bob@corp.example", "ef4gb4lyrnelf@example.com"),
        ("+49 (30) 123-4567", "+17 (54) 624-0395"),
        ("4111 1111 1111 1111", "3366 7261 5907 9682"),
        ("DE89 3704 0044 0532 0130 00", "DE60 8694 4099 6586 5780 59"),
        ("192.168.7.9", "10.175.107.177"),
        ("fe80::1", "2001:db8:db39:eb3c:498c:520e:a2d6:6cb5"),
        ("00:1B:44:11:3A:B7", "02:4a:2f:fa:d4:c5"),
        ("db01.prod.internal", "loaeinmmm7rla.example.com"),
        ("https://h.example/u?id=1", "https://example.com/bpr5drd537f3b"),
    ] {
        assert_eq!(format!("a {expected}, b"), trial::apply_text(&mask, &format!("a {found}, b")));
    }
}

#[test]
fn results_are_cut_to_the_column() {
    let narrow =
        |limit| trial::build("\"redact\"", &trial::column(Kind::Text, Some(limit))).expect("it fits");

    assert_eq!("ü [em", trial::apply_text(&narrow(5), "ü a@b"));
    assert_eq!("ü [email]", trial::apply_text(&narrow(9), "ü a@b"));
    assert_eq!("[ema", trial::apply_text(&narrow(4), "a@bü"));
}

#[test]
fn refusals_name_their_reason() {
    for rule in [
        r#"{"mask": "redact", "kinds": []}"#,
        r#"{"mask": "redact", "kinds": ["emails"]}"#,
        r#"{"mask": "redact", "kinds": "email"}"#,
        r#"{"mask": "redact", "with": "stars"}"#,
    ] {
        assert_eq!(vec!["parameter"], trial::refusals(rule, None), "{rule}");
    }
    let build = |rule| trial::build_with(rule, &trial::column(Kind::Text, None), None);
    assert!(build("\"redact\"").is_ok(), "markers need no key");
    assert!(build(r#"{"mask": "redact", "with": "mask"}"#).is_err());
}

/// Each of these made some pattern matcher or other look at everything from everywhere. One pass takes a moment; a
/// quadratic one takes hours, so this test would not end.
#[test]
fn hostile_texts_take_linear_time() {
    let mask = trial::text("\"redact\"");
    let cards = trial::text(r#"{"mask": "redact", "kinds": ["card", "iban", "ip", "mac", "host"]}"#);
    for unit in [
        "a",
        "a.",
        "a@",
        "@",
        "1",
        "1 ",
        "1.",
        "1:",
        "1-",
        ":",
        "::",
        "a.bc/",
        "1.1.1.1-",
        "DE891 ",
        "DE89 ",
        "(",
        "+",
        "1234567a",
        "123456 a",
        "ab:",
        "00:",
        "://",
        "2024-01-01 ",
        "2024-01-",
        "\u{a0}1",
        "www.",
        "ü",
        "a_",
        "-",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        trial::apply_text(&mask, &text);
        trial::apply_text(&cards, &text);
    }
}

fn planted() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "bob@corp.example",
        "+49 30 7654321",
        "4111 1111 1111 1111",
        "DE89370400440532013000",
        "192.168.17.19",
        "2001:db8:17::19",
        "00:1b:44:11:3a:b7",
        "db01.prod.internal",
        "https://h.example/bob",
    ])
}

proptest! {
    #[test]
    fn what_is_planted_is_nowhere(
        before in "[a-z ,.!?()\n]{0,20}[ ,(\n]",
        secret in planted(),
        after in "[ ,)\n][a-z ,.!?()\n]{0,20}",
        is_marker in any::<bool>(),
    ) {
        let rule = format!(r#"{{"mask": "redact", "with": "{}"}}"#, if is_marker { "marker" } else { "mask" });
        let mask = trial::text(&rule);
        let text = format!("{before}{secret}{after}");

        let redacted = trial::apply_text(&mask, &text);

        prop_assert!(!redacted.contains(secret), "{}", redacted);
        prop_assert_eq!(&redacted, &trial::apply_text(&mask, &text));
    }

    #[test]
    fn any_bytes_pass(value in any::<Vec<u8>>(), text in "[0-9a-fDE:.@/ ()+-]{0,60}") {
        for rule in ["\"redact\"", r#"{"mask": "redact", "with": "mask"}"#] {
            let mask = trial::text(rule);
            trial::apply_bytes(&mask, &value);
            trial::apply_bytes(&mask, text.as_bytes());
        }
    }

    #[test]
    fn text_without_marks_is_kept(text in "[a-zA-Zäöü ,!?\n]{0,80}") {
        prop_assert_eq!(&text, &marked(&text));
    }

    #[test]
    fn limits_hold(text in "[a-z@ü. ]{0,40}", limit in 1u32..30) {
        let text: String = text.chars().take(limit as usize).collect();
        let mask = trial::build("\"redact\"", &trial::column(Kind::Text, Some(limit))).expect("it fits");

        prop_assert!(trial::apply_text(&mask, &text).chars().count() <= limit as usize);
    }
}
