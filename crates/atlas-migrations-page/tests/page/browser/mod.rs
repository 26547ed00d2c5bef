//! The page in a real browser: headless Chromium, steered by its DevTools protocol.

mod accessibility;
mod chromium;
mod decide;
mod layout;
mod live;
mod pictures;
mod tab;
