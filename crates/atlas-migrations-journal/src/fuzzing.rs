//! The parsers that the fuzz targets of the workspace call. Not for use by others.

use crate::{event::EventRecord, export::read_export, store::StreamRow};

/// Reads an export, and returns the events of each stream. Does not store them.
pub fn export(mut input: &[u8]) -> Vec<(StreamRow, Vec<EventRecord>)> {
    let streams = read_export(&mut input).map(|(streams, _)| streams).unwrap_or_default();
    streams.into_iter().map(|stream| (stream.row, stream.events)).collect()
}
