//! Several windows as one. Without a window, a cutover may start at any time.

use jiff::Timestamp;

use super::any::Window;

/// Returns whether a cutover may start in one of the windows. Without a window it may start at any time.
pub fn is_open(windows: &[Window], at: Timestamp) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.is_open(at))
}

/// Returns the first instant, from the given one on, at which a cutover may start in one of the windows. Without a window it
/// is the given one. None if no window opens again.
pub fn next_opening(windows: &[Window], from: Timestamp) -> Option<Timestamp> {
    if windows.is_empty() {
        return Some(from);
    }
    windows.iter().filter_map(|window| window.next_opening(from)).min()
}

/// Returns the end of the window that is open the longest. None if none is open, or there is no window.
pub fn closes_at(windows: &[Window], at: Timestamp) -> Option<Timestamp> {
    windows
        .iter()
        .filter(|window| window.is_open(at))
        .filter_map(|window| window.closes_at(at))
        .max()
}
