//! Arrays whose elements are read when they are looped over. Some of Kafka's elements take more memory than 4 × their bytes
//! (a topic name of three bytes behind a 48-byte struct); decoded one at a time, any number of them keeps the memory promise.

use super::{Body, Decoder};
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;

/// An array of structs: a `Vec` when we made it, a checked slice of the frame when it was decoded. A schema asks for it with
/// `lazy`. Looping over a decoded one holds one element at a time and cannot fail: every element was read once before.
#[derive(Clone)]
pub struct LazyArray<T>(Repr<T>);

#[derive(Clone)]
enum Repr<T> {
    Owned(Vec<T>),
    Frame(FrameArray),
}

/// Elements as they stand in the frame, without their count.
#[derive(Clone)]
struct FrameArray {
    bytes: Bytes,
    count: u32,
    version: i16,
}

impl<T: Body> LazyArray<T> {
    /// `bytes` were checked: they are `count` elements in the encoding of `version`, and nothing else.
    pub(super) fn from_frame(bytes: Bytes, count: u32, version: i16) -> Self {
        LazyArray(Repr::Frame(FrameArray { bytes, count, version }))
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Owned(elements) => elements.len(),
            Repr::Frame(frame) => frame.count as usize,
        }
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every element in order, borrowed where it is in memory, read from the frame where it is not.
    pub fn iter(&self) -> Iter<'_, T> {
        match &self.0 {
            Repr::Owned(elements) => Iter::Owned(elements.iter()),
            Repr::Frame(frame) => Iter::Frame(FrameIter::new(frame.clone())),
        }
    }

    /// All elements at once. Takes as much memory as they need: not for input that nobody has bounded.
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Repr::Owned(elements) => elements,
            Repr::Frame(frame) => FrameIter::new(frame).collect_all(),
        }
    }
}

struct FrameIter {
    input: Decoder,
    left: u32,
    version: i16,
}

impl FrameIter {
    fn new(frame: FrameArray) -> Self {
        // The budget was kept when the elements were checked, each alone, as they are held now.
        FrameIter { input: Decoder::unbounded(frame.bytes), left: frame.count, version: frame.version }
    }

    fn next<T: Body>(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let element = T::read(self.version, &mut self.input);
        debug_assert_eq!(self.input.check(), Ok(()), "the array was checked when it was decoded");
        Some(element)
    }

    fn collect_all<T: Body>(mut self) -> Vec<T> {
        let mut elements = Vec::with_capacity(self.left as usize);
        elements.extend(std::iter::from_fn(|| self.next()));
        elements
    }
}

/// See [`LazyArray::iter`].
pub enum Iter<'a, T> {
    #[doc(hidden)]
    Owned(std::slice::Iter<'a, T>),
    #[doc(hidden)]
    #[allow(private_interfaces)] // only this module looks inside
    Frame(FrameIter),
}

impl<'a, T: Body> Iterator for Iter<'a, T> {
    type Item = Cow<'a, T>;

    fn next(&mut self) -> Option<Cow<'a, T>> {
        match self {
            Iter::Owned(elements) => elements.next().map(Cow::Borrowed),
            Iter::Frame(frame) => frame.next().map(Cow::Owned),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match self {
            Iter::Owned(elements) => elements.len(),
            Iter::Frame(frame) => frame.left as usize,
        };
        (left, Some(left))
    }
}

impl<T: Body> ExactSizeIterator for Iter<'_, T> {}

/// Every element by value.
pub enum IntoIter<T> {
    #[doc(hidden)]
    Owned(std::vec::IntoIter<T>),
    #[doc(hidden)]
    #[allow(private_interfaces)] // only this module looks inside
    Frame(FrameIter),
}

impl<T: Body> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self {
            IntoIter::Owned(elements) => elements.next(),
            IntoIter::Frame(frame) => frame.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match self {
            IntoIter::Owned(elements) => elements.len(),
            IntoIter::Frame(frame) => frame.left as usize,
        };
        (left, Some(left))
    }
}

impl<T: Body> IntoIterator for LazyArray<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        match self.0 {
            Repr::Owned(elements) => IntoIter::Owned(elements.into_iter()),
            Repr::Frame(frame) => IntoIter::Frame(FrameIter::new(frame)),
        }
    }
}

impl<'a, T: Body> IntoIterator for &'a LazyArray<T> {
    type Item = Cow<'a, T>;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> Default for LazyArray<T> {
    fn default() -> Self {
        LazyArray(Repr::Owned(Vec::new()))
    }
}

impl<T> From<Vec<T>> for LazyArray<T> {
    fn from(elements: Vec<T>) -> Self {
        LazyArray(Repr::Owned(elements))
    }
}

impl<T> FromIterator<T> for LazyArray<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

/// Equal elements, wherever they are kept.
impl<T: Body> PartialEq for LazyArray<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Body> fmt::Debug for LazyArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Shown)).finish()
    }
}

/// An element as itself, not as a `Cow`.
struct Shown<'a, T: Body>(Cow<'a, T>);

impl<T: Body> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().fmt(f)
    }
}
