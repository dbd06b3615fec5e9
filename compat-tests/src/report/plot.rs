//! The plot of produce latency over time: one panel for each producer, phases as bands, states as lines. Plain SVG.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Mark, Phase, TimestampMs, latency::sent_at_ms};
use crate::reports::LatencySample;

const WIDTH: f64 = 1160.0;
const LEFT: f64 = 64.0;
/// Wide enough for the last phase's slanting name.
const RIGHT: f64 = 90.0;
const TOP: f64 = 96.0;
const PANEL: f64 = 200.0;
const GAP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
const BUCKET_MS: u64 = 250;
/// The scale is logarithmic, from a tenth of a millisecond to ten seconds.
const LOWEST_MS: f64 = 0.1;
const DECADES: f64 = 5.0;
/// What Kedge aims at: no record slower than this in any phase.
const AIM_MS: f64 = 300.0;
const BANDS: [&str; 2] = ["#f3f5f8", "#e4e9f0"];

/// Median and slowest of the records sent in one stretch of 250 ms.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    at_ms: TimestampMs,
    p50_ms: f64,
    max_ms: f64,
}

fn buckets(samples: &[LatencySample], began_ms: TimestampMs, ended_ms: TimestampMs) -> Vec<Bucket> {
    let mut by_time: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    // The load runs before the first phase and a little after the last.
    for sample in samples.iter().filter(|sample| (began_ms..ended_ms).contains(&sent_at_ms(sample))) {
        let since = sent_at_ms(sample) - began_ms;
        by_time.entry(since / BUCKET_MS).or_default().push(sample.latency_us);
    }
    let figures = by_time.into_iter().map(|(number, mut latencies)| {
        latencies.sort_unstable();
        let milliseconds = |index: usize| latencies[index] as f64 / 1000.0;
        Bucket {
            at_ms: began_ms + number * BUCKET_MS,
            p50_ms: milliseconds(latencies.len() / 2),
            max_ms: milliseconds(latencies.len() - 1),
        }
    });
    figures.collect()
}

struct Frame {
    began_ms: TimestampMs,
    ended_ms: TimestampMs,
}

impl Frame {
    fn x(&self, at_ms: TimestampMs) -> f64 {
        let at_ms = at_ms.clamp(self.began_ms, self.ended_ms);
        let part = (at_ms - self.began_ms) as f64 / (self.ended_ms - self.began_ms).max(1) as f64;
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    /// From a panel's top.
    fn y(milliseconds: f64) -> f64 {
        let decades = (milliseconds.max(LOWEST_MS) / LOWEST_MS).log10().min(DECADES);
        PANEL * (1.0 - decades / DECADES)
    }
}

/// The whole plot. Empty text without phases.
pub(super) fn svg(phases: &[Phase], marks: &[Mark], samples: &BTreeMap<String, Vec<LatencySample>>) -> String {
    let (Some(first), Some(last)) = (phases.first(), phases.last()) else { return String::new() };
    let frame = Frame { began_ms: first.began_ms, ended_ms: last.ended_ms };
    let bottom = TOP + samples.len() as f64 * (PANEL + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         aria-label=\"produce latency over time\" font-family=\"sans-serif\" font-size=\"11\">\n",
        bottom + BOTTOM
    );
    draw_phases(&mut svg, &frame, phases, bottom);
    for (number, (producer, samples)) in samples.iter().enumerate() {
        let top = TOP + number as f64 * (PANEL + GAP);
        draw_axis(&mut svg, top, producer);
        draw_lines(&mut svg, &frame, top, &buckets(samples, frame.began_ms, frame.ended_ms));
    }
    draw_marks(&mut svg, &frame, marks, bottom);
    draw_seconds(&mut svg, &frame, bottom);
    svg.push_str("</svg>\n");
    svg
}

fn draw_phases(svg: &mut String, frame: &Frame, phases: &[Phase], bottom: f64) {
    for (number, phase) in phases.iter().enumerate() {
        let (from, to) = (frame.x(phase.began_ms), frame.x(phase.ended_ms));
        let (width, height, fill) = (to - from, bottom - TOP, BANDS[number % BANDS.len()]);
        let _ = writeln!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{fill}\"/>\
             <text transform=\"translate({:.1} {}) rotate(-35)\">{}</text>",
            from + width / 2.0,
            TOP - 6.0,
            escape(&phase.name)
        );
    }
}

fn draw_axis(svg: &mut String, top: f64, producer: &str) {
    let right = WIDTH - RIGHT;
    for decade in 0..=DECADES as i32 {
        let milliseconds = LOWEST_MS * 10f64.powi(decade);
        let y = top + Frame::y(milliseconds);
        let label =
            if milliseconds < 1000.0 { format!("{milliseconds} ms") } else { format!("{} s", milliseconds / 1000.0) };
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#b8c0cc\" stroke-width=\"0.5\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    let aim = top + Frame::y(AIM_MS);
    let _ = writeln!(
        svg,
        "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{aim:.1}\" y2=\"{aim:.1}\" stroke=\"#c0392b\" stroke-dasharray=\"6 4\"/>\
         <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#c0392b\">aim: 300 ms</text>\
         <text x=\"{}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>",
        right - 4.0,
        aim - 4.0,
        LEFT + 6.0,
        top + 14.0,
        escape(producer)
    );
}

fn draw_lines(svg: &mut String, frame: &Frame, top: f64, buckets: &[Bucket]) {
    let points = |of: fn(&Bucket) -> f64| {
        let points = buckets.iter().map(|it| format!("{:.1},{:.1}", frame.x(it.at_ms), top + Frame::y(of(it))));
        points.collect::<Vec<_>>().join(" ")
    };
    let (slowest, median) = (points(|it| it.max_ms), points(|it| it.p50_ms));
    let _ = writeln!(
        svg,
        "<polyline points=\"{slowest}\" fill=\"none\" stroke=\"#d35400\"/>\
         <polyline points=\"{median}\" fill=\"none\" stroke=\"#2471a3\"/>"
    );
}

fn draw_marks(svg: &mut String, frame: &Frame, marks: &[Mark], bottom: f64) {
    for mark in marks {
        let x = frame.x(mark.at_ms);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#7d3c98\" stroke-dasharray=\"2 3\"/>\
             <text transform=\"translate({:.1} {}) rotate(-90)\" fill=\"#7d3c98\" font-size=\"9\">{}</text>",
            x - 2.0,
            bottom - 4.0,
            escape(&mark.text)
        );
    }
}

fn draw_seconds(svg: &mut String, frame: &Frame, bottom: f64) {
    let seconds = (frame.ended_ms - frame.began_ms) / 1000;
    let step = [1, 5, 10, 30, 60, 120].into_iter().find(|step| seconds / step <= 20).unwrap_or(600);
    for second in (0..=seconds).step_by(step as usize) {
        let x = frame.x(frame.began_ms + second * 1000);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{second} s</text>", bottom + 16.0);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\">orange: slowest of each 250 ms · blue: median · by time of sending</text>",
        bottom + 34.0
    );
}

/// Text for SVG and HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
