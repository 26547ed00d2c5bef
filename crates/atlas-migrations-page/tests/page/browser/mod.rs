//! The page in a real browser: headless Chromium, steered by the protocol of its developer tools.

mod accessibility;
mod calm;
mod chromium;
mod decide;
mod layout;
mod live;
mod measure;
mod pictures;
mod tab;
