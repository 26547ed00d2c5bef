//! Programs that are known to be wrong: the harness has to notice.
