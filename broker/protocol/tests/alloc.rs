//! The memory promise: decoding any bytes, as any message in any version, never holds more than 4 × the bytes and 64 KiB,
//! and never panics. Method: a counting allocator, and inputs that are random, truncated, mutated or full of huge counts.

#![allow(unsafe_code)] // a global allocator cannot be written without it

use bytes::{Bytes, BytesMut};
use kedge_protocol::catalog::{MESSAGES, MessageEntry};
use kedge_protocol::header::decode_request_header;
use kedge_protocol::messages::{MetadataRequest, metadata_request::MetadataRequestTopic};
use kedge_protocol::metadata_records::MetadataRecord;
use kedge_protocol::sample::seeded;
use kedge_protocol::wire::{Decoder, Encoder, Message};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

fn count(change: isize) {
    // During thread shutdown the cells are gone; nothing is measured then.
    let _ = LIVE_BYTES.try_with(|live| {
        live.set(live.get() + change);
        let _ = PEAK_BYTES.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: every call goes to the system allocator with the same arguments; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on unchanged.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on unchanged.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Old and new block may live side by side for a moment.
        count(new_size as isize);
        // SAFETY: the caller's promises are passed on unchanged.
        let moved = unsafe { System.realloc(pointer, layout, new_size) };
        count(-(layout.size() as isize));
        moved
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `decode` and returns how much memory it held at most, beyond what was held before.
fn peak_of(decode: impl FnOnce()) -> usize {
    let before = LIVE_BYTES.get();
    PEAK_BYTES.set(before);
    decode();
    (PEAK_BYTES.get() - before) as usize
}

/// Fails when `message` takes more memory than promised; returns what it took.
fn check(message: &MessageEntry, version: i16, input: Bytes, what: &str) -> usize {
    let limit = 4 * input.len() + 64 * 1024;
    let shown = input.clone();
    let peak = peak_of(|| {
        let _ = (message.decode)(version, input);
    });
    assert!(
        peak <= limit,
        "{} v{version}, {what}: {peak} > {limit} bytes for {} bytes {:02x?}",
        message.name,
        shown.len(),
        &shown[..shown.len().min(200)]
    );
    peak
}

fn each_version(mut test: impl FnMut(&MessageEntry, i16, &mut dyn FnMut() -> u64)) {
    let mut random = seeded(7);
    for message in MESSAGES {
        for version in message.min_version..=message.max_version {
            test(message, version, &mut random);
        }
    }
}

fn noise(random: &mut dyn FnMut() -> u64, length: usize) -> Bytes {
    (0..length).map(|_| random() as u8).collect()
}

#[test]
fn random_bytes() {
    each_version(|message, version, random| {
        for _ in 0..40 {
            let length = random() as usize % 200;
            check(message, version, noise(random, length), "random bytes");
        }
        // Small values make more counts believable.
        let small: Bytes = (0..4000).map(|_| (random() % 4) as u8).collect();
        check(message, version, small, "small bytes");
    });
}

#[test]
fn truncations_and_mutations_of_valid_frames() {
    each_version(|message, version, random| {
        for _ in 0..4 {
            let valid = (message.sample)(version, random).expect("a sampled value round-trips");
            for _ in 0..12 {
                let cut = random() as usize % (valid.len() + 1);
                check(message, version, valid.slice(..cut), "truncated");
                let mut mutated = BytesMut::from(&valid[..]);
                for _ in 0..1 + random() % 3 {
                    if let Some(byte) = mutated.len().checked_sub(1).map(|last| random() as usize % (last + 1)) {
                        mutated[byte] = random() as u8;
                    }
                }
                check(message, version, mutated.freeze(), "mutated");
            }
        }
    });
}

#[test]
fn huge_counts_at_every_position() {
    let huge: [&[u8]; 6] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0x00, 0x01, 0x00, 0x00],
        &[0x00, 0x00, 0x7f, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0x03],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    each_version(|message, version, random| {
        let valid = (message.sample)(version, random).expect("a sampled value round-trips");
        for position in 0..valid.len().min(60) {
            for count in huge {
                let mut frame = BytesMut::from(&valid[..]);
                let end = (position + count.len()).min(frame.len());
                frame[position..end].copy_from_slice(&count[..end - position]);
                check(message, version, frame.freeze(), "huge count");
            }
        }
    });
}

/// Frames long enough for their counts to be believed: the budget alone holds them back.
#[test]
fn large_frames_of_tiny_elements() {
    let mut largest = 0;
    each_version(|message, version, random| {
        for fill in [0u8, 1, 2] {
            let mut frame = BytesMut::zeroed(100_000);
            frame.fill(fill);
            for byte in 0..24 {
                // Counts near the frame's length, in both encodings, at some offset in the head.
                if random().is_multiple_of(3) {
                    frame[byte..byte + 4].copy_from_slice(&[0x00, 0x01, 0x80, 0x00]);
                }
            }
            largest = largest.max(check(message, version, frame.clone().freeze(), "large frame"));
            let start = random() as usize % 24;
            frame[start..start + 3].copy_from_slice(&[0x80, 0x80, 0x05]);
            largest = largest.max(check(message, version, frame.freeze(), "large frame, compact count"));
        }
    });
    // Otherwise these frames would prove nothing about the budget.
    assert!(largest > 4 * 100_000 * 3 / 4, "the largest peak was only {largest} bytes");
}

#[test]
fn headers_and_record_frames() {
    let mut random = seeded(9);
    for round in 0..20_000 {
        let length = random() as usize % 120;
        let mut input = BytesMut::from(&noise(&mut random, length)[..]);
        if round % 2 == 0 && input.len() >= 3 {
            input[0] = 1;
            input[1] = (random() % 30) as u8;
            input[2] = (random() % 4) as u8;
        }
        let input = input.freeze();
        let limit = 4 * input.len() + 64 * 1024;
        let copy = input.clone();
        assert!(peak_of(|| drop(MetadataRecord::decode_frame(copy))) <= limit);
        assert!(peak_of(|| drop(decode_request_header(&mut Decoder::new(input)))) <= limit);
    }
    // The worst client id: every byte of 32767 becomes three.
    let mut request = vec![0, 3, 0, 1, 0, 0, 0, 0, 0x7f, 0xff];
    request.resize(10 + 32767, 0xff);
    let request = Bytes::from(request);
    let limit = 4 * request.len() + 64 * 1024;
    let peak = peak_of(|| {
        let header = decode_request_header(&mut Decoder::new(request)).expect("bad UTF-8 is replaced");
        assert_eq!(header.client_id.map(|id| id.len()), Some(3 * 32767));
    });
    assert!(peak > 3 * 32767 && peak <= limit, "{peak}");
}

/// A lazy array holds one element at a time, also while it is looped over.
#[test]
fn looping_over_a_lazy_array() {
    let topic = |_| MetadataRequestTopic { name: Some("t".into()), ..Default::default() };
    let request = MetadataRequest { topics: Some((0..20_000).map(topic).collect()), ..Default::default() };
    let mut out = Encoder::new();
    request.encode(9, &mut out).expect("version 9 can carry names");
    let frame = out.into_bytes();
    let length = frame.len();
    let peak = peak_of(|| {
        let decoded = MetadataRequest::decode(9, &mut Decoder::new(frame)).expect("any number of names fits");
        let names = decoded.topics.iter().flatten().filter(|topic| topic.name.as_deref() == Some("t"));
        assert_eq!(names.count(), 20_000);
    });
    assert!(peak < 1024, "{peak} bytes for a frame of {length}");
}

/// The measure itself: it sees what is allocated.
#[test]
fn the_counter_counts() {
    let peak = peak_of(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(1_000_000))));
    assert!((1_000_000..1_001_000).contains(&peak), "{peak}");
}
