//! `point`, `lseg`, `box`, `path`, `polygon`, `line` and `circle`: floats in a row.
//!
//! | type            | bytes                                                                     |
//! |-----------------|---------------------------------------------------------------------------|
//! | point           | x, y, each a `float8`                                                     |
//! | lseg, box       | two points; the server puts a box's upper right one first                 |
//! | line            | A, B, C of Ax + By + C = 0                                                |
//! | circle          | centre and radius                                                         |
//! | path            | 1 byte: whether it is closed; 4 bytes: number of points; points           |
//! | polygon         | 4 bytes: number of points; points                                         |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/geo_ops.c` `point_send`, `path_send`, `poly_send`, `path_in`.

use super::{Codec, Kind, Nesting, float, is_space};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError =
    ValueError::new("expected a shape as long as its points say, found another length");
const TEXT: ValueError = ValueError::new("expected a shape in the form of its type, found another text");
const VALUE: ValueError =
    ValueError::new("expected a shape as tuples of numbers or a str, found a value of another type");
const COUNT: ValueError = ValueError::new("expected as many numbers as the shape has, found more or fewer");

const fn of(names: &'static [&'static str], source: &'static str, shape: Shape) -> Codec {
    let (to_text, from_text, from_value): (ToText, FromText, FromValue) = match shape {
        Shape::Point => (
            |value, out| to_text(Shape::Point, value, out),
            |text, out| from_text(Shape::Point, text, out),
            |value, _, out| from_value(Shape::Point, value, out),
        ),
        Shape::Lseg => (
            |value, out| to_text(Shape::Lseg, value, out),
            |text, out| from_text(Shape::Lseg, text, out),
            |value, _, out| from_value(Shape::Lseg, value, out),
        ),
        Shape::Box => (
            |value, out| to_text(Shape::Box, value, out),
            |text, out| from_text(Shape::Box, text, out),
            |value, _, out| from_value(Shape::Box, value, out),
        ),
        Shape::Line => (
            |value, out| to_text(Shape::Line, value, out),
            |text, out| from_text(Shape::Line, text, out),
            |value, _, out| from_value(Shape::Line, value, out),
        ),
        Shape::Circle => (
            |value, out| to_text(Shape::Circle, value, out),
            |text, out| from_text(Shape::Circle, text, out),
            |value, _, out| from_value(Shape::Circle, value, out),
        ),
        Shape::Path => (
            |value, out| to_text(Shape::Path, value, out),
            |text, out| from_text(Shape::Path, text, out),
            |value, _, out| from_value(Shape::Path, value, out),
        ),
        Shape::Polygon => (
            |value, out| to_text(Shape::Polygon, value, out),
            |text, out| from_text(Shape::Polygon, text, out),
            |value, _, out| from_value(Shape::Polygon, value, out),
        ),
    };
    Codec {
        names,
        kind: Kind::Other,
        source,
        is_text_as_sent: false,
        nesting: match shape {
            Shape::Path | Shape::Polygon => Nesting::Neither,
            _ => Nesting::Lists,
        },
        to_text,
        from_text,
        from_value,
    }
}

type ToText = fn(&[u8], &mut Vec<u8>) -> Result<(), ValueError>;
type FromText = fn(&str, &mut Vec<u8>) -> Result<(), ValueError>;
type FromValue = fn(&Value<'_>, &Limits, &mut Vec<u8>) -> Result<(), ValueError>;

/// The codec of `point`.
pub const POINT: Codec = of(&["point"], "src/backend/utils/adt/geo_ops.c, point_send", Shape::Point);
/// The codec of `lseg`.
pub const LSEG: Codec = of(&["lseg"], "src/backend/utils/adt/geo_ops.c, lseg_send", Shape::Lseg);
/// The codec of `box`.
pub const BOX: Codec = of(&["box"], "src/backend/utils/adt/geo_ops.c, box_send", Shape::Box);
/// The codec of `path`.
pub const PATH: Codec = of(&["path"], "src/backend/utils/adt/geo_ops.c, path_send", Shape::Path);
/// The codec of `polygon`.
pub const POLYGON: Codec = of(&["polygon"], "src/backend/utils/adt/geo_ops.c, poly_send", Shape::Polygon);
/// The codec of `line`.
pub const LINE: Codec = of(&["line"], "src/backend/utils/adt/geo_ops.c, line_send", Shape::Line);
/// The codec of `circle`.
pub const CIRCLE: Codec = of(&["circle"], "src/backend/utils/adt/geo_ops.c, circle_send", Shape::Circle);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Point,
    Lseg,
    Box,
    Line,
    Circle,
    Path,
    Polygon,
}

impl Shape {
    /// How many numbers, where that is fixed.
    fn numbers(self) -> Option<usize> {
        match self {
            Self::Point => Some(2),
            Self::Line | Self::Circle => Some(3),
            Self::Lseg | Self::Box => Some(4),
            Self::Path | Self::Polygon => None,
        }
    }

    fn head_bytes(self) -> usize {
        match self {
            Self::Path => 5,
            Self::Polygon => 4,
            _ => 0,
        }
    }

    /// Fill in the head before the numbers that were written behind it.
    fn end(self, is_closed: bool, start: usize, out: &mut [u8]) -> Result<(), ValueError> {
        let count = (out.len() - start - self.head_bytes()) / 8;
        if let Some(numbers) = self.numbers() {
            return if count == numbers { Ok(()) } else { Err(COUNT) };
        }
        if count == 0 || !count.is_multiple_of(2) {
            return Err(COUNT);
        }
        let points = i32::try_from(count / 2).map_err(|_| COUNT)?.to_be_bytes();
        let head = out.get_mut(start..start + self.head_bytes()).ok_or(LENGTH)?;
        if self == Self::Path {
            head[0] = u8::from(is_closed);
        }
        let at = self.head_bytes() - 4;
        head[at..].copy_from_slice(&points);
        Ok(())
    }
}

fn to_text(shape: Shape, value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (head, numbers) = value.split_at_checked(shape.head_bytes()).ok_or(LENGTH)?;
    let (numbers, rest) = numbers.as_chunks::<8>();
    let is_whole = shape.numbers().map_or_else(
        || {
            let count = head.last_chunk::<4>().map_or(0, |count| u32::from_be_bytes(*count) as usize);
            count.checked_mul(2) == Some(numbers.len())
        },
        |count| count == numbers.len(),
    );
    if !is_whole || !rest.is_empty() {
        return Err(LENGTH);
    }
    let is_open = shape == Shape::Path && head.first() == Some(&0);
    let (open, close) = match shape {
        Shape::Point | Shape::Box => ("", ""),
        Shape::Lseg => ("[", "]"),
        Shape::Line => ("{", "}"),
        Shape::Circle => ("<", ">"),
        Shape::Path if is_open => ("[", "]"),
        Shape::Path | Shape::Polygon => ("(", ")"),
    };
    out.extend_from_slice(open.as_bytes());
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let is_pair = shape != Shape::Line && !(shape == Shape::Circle && at == 2);
        if is_pair && at % 2 == 0 {
            out.push(b'(');
        }
        (float::FLOAT8.to_text)(number, out)?;
        if is_pair && at % 2 == 1 {
            out.push(b')');
        }
    }
    out.extend_from_slice(close.as_bytes());
    Ok(())
}

/// What is left to read of a text, between blanks.
struct Reading<'a>(&'a str);

impl Reading<'_> {
    /// Whether the text goes on with `mark`; it is passed over then.
    fn eats(&mut self, mark: char) -> bool {
        self.0 = self.0.trim_start_matches(is_space);
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn mark(&mut self, mark: char) -> Result<(), ValueError> {
        if self.eats(mark) { Ok(()) } else { Err(TEXT) }
    }

    /// Append `count` numbers with commas between.
    fn numbers(&mut self, count: usize, out: &mut Vec<u8>) -> Result<(), ValueError> {
        for at in 0..count {
            if at > 0 {
                self.mark(',')?;
            }
            let end = self.0.find(|next: char| ",()[]{}<>".contains(next)).unwrap_or(self.0.len());
            let (number, rest) = self.0.split_at_checked(end).ok_or(TEXT)?;
            (float::FLOAT8.from_text)(number, out).map_err(|_| TEXT)?;
            self.0 = rest;
        }
        Ok(())
    }

    /// Append a point, in brackets or without.
    fn point(&mut self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let has_bracket = self.eats('(');
        self.numbers(2, out)?;
        if has_bracket { self.mark(')') } else { Ok(()) }
    }

    fn points(&mut self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        self.point(out)?;
        while self.eats(',') {
            self.point(out)?;
        }
        Ok(())
    }

    /// Read what stands between the brackets of a shape, or of a text without them.
    ///
    /// These are the shape's `own` or round ones: a round one is the shape's where another one follows, or,
    /// `may_be_flat`, where there is no other one.
    fn within(
        &mut self,
        own: Option<[char; 2]>,
        may_be_flat: bool,
        read: impl FnOnce(&mut Self) -> Result<(), ValueError>,
    ) -> Result<(), ValueError> {
        let inner = self.0.strip_prefix('(').map(|inner| inner.trim_start_matches(is_space));
        let is_round = |inner: &&str| inner.starts_with('(') || (may_be_flat && !inner.contains('('));
        let expected = if let Some(inner) = inner.filter(is_round) {
            self.0 = inner;
            Some(')')
        } else {
            own.filter(|[open, _]| self.eats(*open)).map(|[_, close]| close)
        };
        read(self)?;
        expected.map_or(Ok(()), |close| self.mark(close))
    }
}

/// Brackets tell an open path from a closed one; they must stand in pairs, or the text was cut.
fn from_text(shape: Shape, text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    out.resize(start + shape.head_bytes(), 0);
    let mut reading = Reading(text.trim_matches(is_space));
    let is_open = reading.0.starts_with('[');
    match shape {
        Shape::Point => reading.point(out),
        Shape::Line => {
            reading.mark('{')?;
            reading.numbers(3, out)?;
            reading.mark('}')
        }
        Shape::Circle => reading.within(Some(['<', '>']), false, |reading| {
            reading.point(out)?;
            reading.mark(',')?;
            reading.numbers(1, out)
        }),
        Shape::Lseg | Shape::Path => reading.within(Some(['[', ']']), true, |reading| reading.points(out)),
        Shape::Box | Shape::Polygon => reading.within(None, true, |reading| reading.points(out)),
    }?;
    if !reading.0.trim_start_matches(is_space).is_empty() {
        return Err(TEXT);
    }
    shape.end(!is_open, start, out)
}

fn from_value(shape: Shape, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    match (shape, value) {
        (_, Value::Str(text)) => from_text(shape, text, out),
        (Shape::Path | Shape::Polygon, Value::Object(object)) => {
            out.resize(start + shape.head_bytes(), 0);
            let mut is_closed = true;
            object.with_entry("is_closed", &mut |value| {
                is_closed = matches!(value, Value::Bool(true));
                Ok(())
            })?;
            let has_points = object.with_entry("points", &mut |points| push_shape(shape, points, out))?;
            if has_points { shape.end(is_closed, start, out) } else { Err(VALUE) }
        }
        (Shape::Path | Shape::Polygon, Value::List(_) | Value::Tuple(_)) | (_, Value::Tuple(_)) => {
            out.resize(start + shape.head_bytes(), 0);
            push_shape(shape, value, out)?;
            // A list of points is an open path, a tuple of them a closed one, as their brackets are.
            shape.end(!matches!(value, Value::List(_)), start, out)
        }
        _ => Err(VALUE),
    }
}

/// Append the numbers of a shape's points.
fn push_shape(shape: Shape, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match shape {
        Shape::Point => push_point(value, out),
        Shape::Line => push_items(value, Some(3), |_, number| push_number(number, out)),
        Shape::Lseg | Shape::Box => push_items(value, Some(2), |_, point| push_point(point, out)),
        Shape::Path | Shape::Polygon => push_items(value, None, |_, point| push_point(point, out)),
        Shape::Circle => push_items(value, Some(2), |at, part| match at {
            0 => push_point(part, out),
            _ => push_number(part, out),
        }),
    }
}

fn push_point(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    push_items(value, Some(2), |_, number| push_number(number, out))
}

fn push_number(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Float(_) | Value::Int(_) | Value::Decimal(_) => {
            (float::FLOAT8.from_value)(value, &Limits::default(), out)
        }
        _ => Err(VALUE),
    }
}

/// Hand out the items of a tuple with their places; there must be `count` of them, where that is fixed.
fn push_items(
    value: &Value<'_>,
    count: Option<usize>,
    mut push: impl FnMut(usize, &Value<'_>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    let (Value::Tuple(items) | Value::List(items)) = value else { return Err(VALUE) };
    if count.is_some_and(|count| count != items.len()) {
        return Err(COUNT);
    }
    let mut at = 0;
    items.each_item(&mut |item| {
        push(at, item)?;
        at += 1;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "3ff0000000000000";
    const TWO: &str = "4000000000000000";
    const THREE: &str = "4008000000000000";

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(point_send(v), 'hex'), and so on
        samples::check(&POINT, &[("(1,2)", &format!("{ONE}{TWO}"))]);
        samples::check(&LSEG, &[("[(1,2),(2,1)]", &format!("{ONE}{TWO}{TWO}{ONE}"))]);
        samples::check(&BOX, &[("(2,3),(1,2)", &format!("{TWO}{THREE}{ONE}{TWO}"))]);
        samples::check(&LINE, &[("{1,2,3}", &format!("{ONE}{TWO}{THREE}"))]);
        samples::check(&CIRCLE, &[("<(1,2),3>", &format!("{ONE}{TWO}{THREE}"))]);
        samples::check(&PATH, &[("[(1,2)]", &format!("00 00000001 {ONE}{TWO}"))]);
        samples::check(&PATH, &[("((1,2),(2,1))", &format!("01 00000002 {ONE}{TWO}{TWO}{ONE}"))]);
        samples::check(&POLYGON, &[("((1,2))", &format!("00000001 {ONE}{TWO}"))]);
    }

    #[test]
    fn other_texts_and_bytes_are_refused() {
        samples::check_refused(&POINT, &["", "(1)", "(1,2,3)", "(a,b)"]);
        samples::check_refused(
            &PATH,
            &["", "()", "(1)", "[(1,2),(3)]", "[(1,2),(3,4)", "(1,2),(3,4", "(1(,2"],
        );
        samples::check_refused(&POLYGON, &["[(1,2)]", "((1,2)]", "(>1,2)"]);
        samples::check_refused(&CIRCLE, &["(1,2,3)", "<(1,2),3", "<(1,2),3>>", "[(1,2),3]"]);
        samples::check_refused(&POINT, &["(1,2", "[1,2]", "((1,2))"]);
        samples::check_fixed_length(&POINT, &format!("{ONE}{TWO}"));
        samples::check_fixed_length(&PATH, &format!("00 00000001 {ONE}{TWO}"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = samples::to_text(&PATH, &bytes);
            let _ = samples::to_text(&CIRCLE, &bytes);
        }
    }
}
