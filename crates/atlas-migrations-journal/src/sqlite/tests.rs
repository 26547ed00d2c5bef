//! Tests of the file itself: schema steps and later versions.
