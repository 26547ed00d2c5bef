//! HTTP without knowledge of Atlas: the server, its faults, and the parsing of requests.

mod accept;
mod body;
mod connection_fault;
mod form;
mod gzip;
mod gzip_bomb;
mod query;
mod request;
mod server;

pub(crate) use accept::weighted;
pub(crate) use body::{BodyCut, Payload, ReadError, read_body};
pub(crate) use connection_fault::ConnectionFault;
pub(crate) use form::{Form, decode_form};
pub(crate) use gzip::{accepts_gzip, compress};
pub(crate) use query::{decode, encode_controls, query_parameter, redact};
pub(crate) use request::{Request, media_type};
pub(crate) use server::{CloseConnection, NoResponse, Service, serve};
