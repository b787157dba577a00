//! The sums held to a comparison that keeps the rows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::details::{Details, Differences};
use super::*;
use crate::key::MasterKey;
use crate::program::Request;
use crate::row::push_field;

/// A key, a kept text, a text that is masked.
type Person = (u8, Option<String>, Option<String>);

fn key() -> MasterKey {
    let bytes = std::array::from_fn(|i| u8::try_from(i * 7).expect("below 256"));
    MasterKey::new(&bytes).expect("32 different bytes")
}

fn program() -> Program {
    let column = |name: &str, mask: &str| {
        json!({"name": name, "type": {"display": "text", "name": "text"}, "is_nullable": true, "is_unique": false,
               "rule": {"mask": mask, "domain": "d", "parameters": {}}})
    };
    let request = json!({"table": "t", "format": "binary", "key": [0],
                         "columns": [column("id", "keep"), column("kept", "keep"), column("masked", "hash")]});
    let request: Request = serde_json::from_value(request).expect("a request");
    Program::compile(request, Some(&key())).unwrap_or_else(|refusals| panic!("{refusals:?}"))
}

fn layout(has_key: bool) -> Arc<Layout> {
    let column = |ordinal: usize, is_masked: bool| {
        json!({"source": ordinal, "expected": ordinal, "found": ordinal, "is_masked": is_masked, "form": "raw",
               "type": {"display": "text", "name": "text"}})
    };
    let request = json!({"columns": [column(0, false), column(1, false), column(2, true)],
                         "key": if has_key { vec![0] } else { vec![] },
                         "hidden": [{"source": 2, "texts": "text"}],
                         "searched": [{"found": 2, "texts": "text", "expected": [2, "text"]},
                                      {"found": 1, "texts": "text", "expected": null}]});
    Arc::new(Layout::new(&request.to_string(), &key()).expect("a layout"))
}

fn batch(people: &[Person]) -> RawBatch {
    let mut bytes = Vec::new();
    for (id, kept, masked) in people {
        bytes.extend_from_slice(&3i16.to_be_bytes());
        push_field(&mut bytes, Some(&[*id]));
        push_field(&mut bytes, kept.as_deref().map(str::as_bytes));
        push_field(&mut bytes, masked.as_deref().map(str::as_bytes));
    }
    RawBatch::new(bytes, people.len() as u64, 0)
}

/// The rows as a copy masks them.
fn copied(people: &[Person]) -> Vec<Person> {
    let masked = program().run(&batch(people), &NoFunctions).expect("masked");
    let mut found = Vec::new();
    each_row(&masked.bytes, |row| {
        let text = |ordinal| row.field(ordinal).map(|value| String::from_utf8_lossy(value).into_owned());
        found.push((row.field(0).expect("an id")[0], text(1), text(2)));
    });
    found
}

fn fingerprints(
    source: &[Person],
    target: &[Person],
    layout: &Arc<Layout>,
) -> (Fingerprint, Fingerprint, Originals) {
    let originals = Originals::new(&key(), 1000);
    let mut expected = Fingerprint::new(Arc::clone(layout));
    for people in source.chunks(3) {
        collect(layout, &batch(people), &originals);
        expected.add_expected(&program(), &batch(people)).expect("masked");
    }
    expected.fold();
    let mut found = expected.other_side();
    for people in target.chunks(5) {
        found.add_found(&batch(people), &originals);
    }
    (expected, found, originals)
}

fn differences(source: &[Person], target: &[Person], has_key: bool) -> Differences {
    let (expected, found, _) = fingerprints(source, target, &layout(has_key));
    let mut details = Details::new(&expected, &found, u64::MAX);
    details.add_expected(&program(), &batch(source)).expect("masked");
    details.add_found(&batch(target));
    details.count()
}

#[test]
fn rows_that_differ_are_known_again() {
    let mut target = copied(&people());
    target[7].1 = None;
    target.remove(100);
    let (expected, found, _) = fingerprints(&people(), &target, &layout(true));
    let mut details = Details::new(&expected, &found, u64::MAX);
    details.add_expected(&program(), &batch(&people())).expect("masked");
    details.add_found(&batch(&target));
    let counted = details.count();

    let different = |people: &[Person]| details.different_in(&program(), &batch(people)).expect("masked");

    assert_eq!((1, 1), (counted.missing, counted.changed));
    assert_eq!(
        (1, 0, 1),
        (different(&people()[..50]), different(&people()[50..100]), different(&people()[100..]))
    );
}

/// What differs by a way of its own: all rows of one key beside each other, equal ones struck out.
fn counted_plainly(source: &[Person], target: &[Person]) -> (u64, u64, u64) {
    let mut left: BTreeMap<u8, (Vec<Person>, Vec<Person>)> = BTreeMap::new();
    for person in copied(source) {
        left.entry(person.0).or_default().0.push(person);
    }
    for person in target {
        let (ours, theirs) = left.entry(person.0).or_default();
        match ours.iter().position(|our| our == person) {
            Some(at) => drop(ours.remove(at)),
            None => theirs.push(person.clone()),
        }
    }
    let mut counted = (0, 0, 0);
    for (ours, theirs) in left.values() {
        let (ours, theirs) = (ours.len() as u64, theirs.len() as u64);
        counted.0 += ours.saturating_sub(theirs);
        counted.1 += theirs.saturating_sub(ours);
        counted.2 += ours.min(theirs);
    }
    counted
}

fn person(id: u8) -> Person {
    (id, Some(format!("kept {id}")), Some(format!("person {id}@mail.example")))
}

fn people() -> Vec<Person> {
    (0..200).map(person).collect()
}

#[test]
fn a_copy_is_equal_in_any_order_and_any_batches() {
    let mut target = copied(&people());
    target.reverse();

    let (expected, found, _) = fingerprints(&people(), &target, &layout(true));

    assert_eq!((200, 200), (expected.rows(), found.rows()));
    assert_eq!(vec![true; 3], expected.equal_columns(&found));
    assert!(expected.different_buckets(&found).is_empty());
    assert_eq!(vec![Hits::default(); 2], found.hits());
    assert_eq!((200, 0), (expected.columns()[2].originals, expected.columns()[2].unchanged));
}

#[test]
fn one_changed_value_is_one_changed_row_of_that_column() {
    let mut target = copied(&people());
    target[7].1 = None;

    let (expected, found, _) = fingerprints(&people(), &target, &layout(true));
    let counted = differences(&people(), &target, true);

    assert_eq!(vec![true, false, true], expected.equal_columns(&found));
    assert_eq!(1, found.columns()[1].nulls);
    assert_eq!(
        (0, 0, 1, &[0, 1, 0][..]),
        (counted.missing, counted.extra, counted.changed, &counted.changed_in[..])
    );
}

#[test]
fn values_that_changed_places_leave_the_columns_equal_and_the_rows_not() {
    let mut target = copied(&people());
    let kept = target[3].1.clone();
    target[3].1 = target[9].1.clone();
    target[9].1 = kept;

    let (expected, found, _) = fingerprints(&people(), &target, &layout(true));

    assert_eq!(vec![true; 3], expected.equal_columns(&found));
    assert!(!expected.different_buckets(&found).is_empty());
    assert_eq!(2, differences(&people(), &target, true).changed_in[1]);
}

#[test]
fn without_a_key_a_changed_row_is_one_missing_and_one_extra() {
    let mut target = copied(&people());
    target[7].1 = None;

    let counted = differences(&people(), &target, false);

    assert_eq!((1, 1, 0), (counted.missing, counted.extra, counted.changed));
}

#[test]
fn an_original_is_found_as_a_value_and_inside_of_another() {
    let mut target = copied(&people());
    target[7].2 = Some("PERSON 8@mail.example".into());
    target[8].1 = Some("from person 9@mail.example to 9@mail.example".into());
    let source: Vec<Person> =
        people().into_iter().chain([(200, None, Some("9@mail.example".into()))]).collect();

    let (_, found, _) = fingerprints(&source, &target, &layout(true));

    assert_eq!(&[Hits { whole: 1, inside: 0 }, Hits { whole: 0, inside: 2 }], found.hits());
}

#[test]
fn where_all_rows_differ_a_share_of_them_is_counted() {
    let target: Vec<Person> =
        copied(&people()).into_iter().map(|(id, _, masked)| (id, None, masked)).collect();
    let (expected, found, _) = fingerprints(&people(), &target, &layout(true));

    // Room for about two of twelve buckets.
    let mut details = Details::new(&expected, &found, 2 * 16 * 5 * 8);
    details.add_expected(&program(), &batch(&people())).expect("masked");
    details.add_found(&batch(&target));
    let counted = details.count();

    assert!(counted.buckets_counted < counted.buckets);
    assert!(counted.changed > 0 && counted.changed < 200);
    assert_eq!(counted.changed, counted.changed_in[1]);
}

#[test]
fn a_request_that_is_none_is_refused() {
    assert!(Layout::new("{}", &key()).is_err());
    let request = json!({"columns": [], "key": [0], "hidden": [], "searched": []}).to_string();
    assert!(Layout::new(&request, &key()).is_err());
}

fn some_people() -> impl Strategy<Value = Vec<Person>> {
    let text = || prop::option::of("[ab]{0,2}");
    prop::collection::vec((0u8..12, text(), text()), 0..40)
}

proptest! {
    #[test]
    fn what_differs_is_what_a_plain_comparison_finds(source in some_people(), edits in some_people(), at in 0usize..40) {
        let mut target = copied(&source);
        target.truncate(at);
        target.extend(edits.into_iter().take(5));

        let counted = differences(&source, &target, true);
        let (expected, found, _) = fingerprints(&source, &target, &layout(true));

        let plain = counted_plainly(&source, &target);
        prop_assert_eq!(plain, (counted.missing, counted.extra, counted.changed));
        prop_assert_eq!(plain == (0, 0, 0), expected.different_buckets(&found).is_empty());
    }

    #[test]
    fn bytes_that_are_no_rows_make_nothing_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let layout = layout(true);
        let originals = Originals::new(&key(), 1000);
        let mut found = Fingerprint::new(Arc::clone(&layout));
        found.add_found(&RawBatch::new(bytes.clone(), 0, 0), &originals);
        collect(&layout, &RawBatch::new(bytes, 0, 0), &originals);
    }
}
