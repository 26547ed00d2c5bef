//! Reads sources and destinations, and merges them with the defaults.

use atlas_migrations::{Network, SourceProjectId};

use super::{
    cursor::Cursor,
    given::Given,
    secrets::password,
    values::{boolean, parsed, text},
};
use crate::{
    keys,
    migration::{PlannedAuthentication, PlannedDestination, PlannedSource},
};

/// A source as far as one mapping tells it.
#[derive(Clone, Default)]
pub(super) struct PartialSource {
    project: Given<SourceProjectId>,
    cluster: Given<String>,
    tls: Given<bool>,
    ca_certificate_path: Given<String>,
    authentication: Given<PlannedAuthentication>,
}

/// A destination as far as one mapping tells it.
#[derive(Clone, Default)]
pub(super) struct PartialDestination {
    cluster: Given<String>,
    network: Given<Network>,
}

const SOURCE_CLUSTER: &str = "the name of the cluster to copy";
const SOURCE_HINTS: &[(&str, &str)] = &[
    ("username", "\"username\" is not a key of a source; expected it in `authentication`"),
    ("password", "\"password\" is not a key of a source; expected it in `authentication`"),
    ("managed", "\"managed\" is not a key of a source; expected `authentication: managed`"),
];
const USER_HINTS: &[(&str, &str)] = &[(
    "managed",
    "managed authentication and a user exclude each other; expected `authentication: managed` or {username: NAME, password: {env: NAME}}",
)];

impl PartialSource {
    pub(super) fn read(at: &Cursor<'_>, keys: &[&str]) -> Option<Self> {
        let fields =
            at.fields_with_hints(keys, SOURCE_HINTS, "a source, such as {cluster: orders-rs0}")?;
        let partial = Self {
            project: Given::read(fields.get("project"), |at| parsed(at, "the ID of a project")),
            cluster: if keys.contains(&"cluster") {
                Given::read(fields.require("cluster", SOURCE_CLUSTER), |at| {
                    text(at, SOURCE_CLUSTER)
                })
            } else {
                Given::Absent
            },
            tls: Given::read(fields.get("tls"), boolean),
            ca_certificate_path: Given::read(fields.get("caCertificatePath"), |at| {
                text(at, "the path of a file on the migration host")
            }),
            authentication: Given::read(fields.get("authentication"), authentication),
        };
        if let (Given::Value(false), Given::Value(_)) = (&partial.tls, &partial.ca_certificate_path)
            && let Some(at) = fields.get("caCertificatePath")
        {
            at.fail("caCertificatePath is for TLS, which is off; remove it, or expected tls: true");
        }
        Some(partial)
    }

    /// Returns the source of a migration. Its own values come before the defaults.
    pub(super) fn resolve(self, defaults: Self, at: &Cursor<'_>) -> Option<PlannedSource> {
        let own_tls_off = matches!(self.tls, Given::Value(false));
        let own_path = matches!(self.ca_certificate_path, Given::Value(_));
        let tls = self.tls.or(defaults.tls).or_default(true);
        if own_path && !own_tls_off && tls == Some(false) {
            at.fail("caCertificatePath is for TLS, which `defaults` switches off; remove it, or expected tls: true");
        }
        // The default certificates are for the sources with TLS.
        let default_path = if own_tls_off { Given::Absent } else { defaults.ca_certificate_path };
        let path = match self.ca_certificate_path.or(default_path) {
            Given::Value(path) => Some(Some(path)),
            Given::Absent => Some(None),
            Given::Invalid => None,
        };
        let missing = |key: &str, expected: &str| {
            at.fail(format!(
                "\"{key}\" is missing here and in `defaults.source`; expected {expected}"
            ));
        };
        let project = self.project.or(defaults.project).require(|| {
            missing("project", "the ID of the Cloud Manager or Ops Manager project");
        });
        let authentication = self.authentication.or(defaults.authentication).require(|| {
            missing("authentication", "managed or {username: NAME, password: {env: NAME}}");
        });
        let cluster = self.cluster.require(|| {});
        Some(PlannedSource {
            project: project?,
            cluster: cluster?,
            tls: tls?,
            ca_certificate_path: path?,
            authentication: authentication?,
        })
    }
}

fn authentication(at: &Cursor<'_>) -> Option<PlannedAuthentication> {
    const EXPECTED: &str = "managed or {username: NAME, password: {env: NAME}}";
    let at = at.clone().secret();
    if at.raw() == Some("managed") {
        return Some(PlannedAuthentication::Managed);
    }
    let fields = at.fields_with_hints(keys::USER, USER_HINTS, EXPECTED)?;
    if at.get("managed").is_some() && at.get("username").is_none() {
        return None;
    }
    let username = fields.require("username", "the name of a database user");
    let username = username.and_then(|at| text(&at, "the name of a database user"));
    let source = fields.require("password", "where it comes from, such as {env: NAME}");
    let source = source.and_then(|at| password(&at));
    Some(PlannedAuthentication::User { username: username?, password: source? })
}

impl PartialDestination {
    pub(super) fn read(at: &Cursor<'_>, keys: &[&str]) -> Option<Self> {
        let fields = at.fields(keys, "a destination, such as {cluster: Orders}")?;
        let cluster = if keys.contains(&"cluster") {
            let at = fields.require("cluster", "the name of the Atlas cluster to fill");
            Given::read(at, atlas_cluster)
        } else {
            Given::Absent
        };
        Some(Self { cluster, network: Given::read(fields.get("network"), network) })
    }

    /// Returns the destination of a migration. Its own network comes before the default.
    pub(super) fn resolve(self, defaults: Self) -> Option<PlannedDestination> {
        let network = self.network.or(defaults.network).or_default(Network::Public);
        let cluster = self.cluster.require(|| {});
        Some(PlannedDestination { cluster: cluster?, network: network? })
    }
}

/// Reads the name of an Atlas cluster.
fn atlas_cluster(at: &Cursor<'_>) -> Option<String> {
    const EXPECTED: &str = "the name of an Atlas cluster: at most 64 letters, digits and hyphens";
    let name = text(at, EXPECTED)?;
    let is_name = name.len() <= 64
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name {
        at.expected(EXPECTED);
    }
    is_name.then_some(name)
}

fn network(at: &Cursor<'_>) -> Option<Network> {
    const EXPECTED: &str = "public, vpc_peering or {private_link: ID}";
    if at.is_mapping() {
        let fields = at.fields(keys::PRIVATE_LINK, EXPECTED)?;
        let id = fields.require("private_link", "the ID of a private endpoint")?;
        return text(&id, "the ID of a private endpoint").map(Network::private_link);
    }
    match at.raw() {
        Some("public") => Some(Network::Public),
        Some("vpc_peering") => Some(Network::VpcPeering),
        Some("private_link") => {
            at.expected("the ID of the private endpoint too: {private_link: ID}");
            None
        }
        Some(word) => {
            at.unknown("unknown network", word, ["public", "vpc_peering"], EXPECTED);
            None
        }
        None => {
            at.expected(EXPECTED);
            None
        }
    }
}
