//! A process that is stopped after its intent, while a rival works.
