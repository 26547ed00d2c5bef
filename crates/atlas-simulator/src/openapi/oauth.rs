//! The token endpoint and the one that revokes, of which the fragment says nothing.

use serde_json::{Value, json};

use super::members;
use crate::fragment::FragmentError;

/// Adds both to the document.
pub(super) fn add(document: &mut Value) -> Result<(), FragmentError> {
    members(document, "/components/securitySchemes")?.insert(
        "ClientSecret".to_owned(),
        json!({
            "type": "http",
            "scheme": "basic",
            "description": "A service account's client id and secret. They may stand in the form instead.",
        }),
    );
    let schemas = members(document, "/components/schemas")?;
    schemas.insert("AccessToken".to_owned(), access_token());
    schemas.insert("OAuthError".to_owned(), error());
    let tag = "Service Accounts";
    if let Some(Value::Array(tags)) = document.get_mut("tags") {
        tags.push(json!({"name": tag, "description": "Bearer tokens for service accounts."}));
    }
    let paths = members(document, "/paths")?;
    let form = |required: &str, about: &Value| {
        let text = json!({"type": "string"});
        let secret = json!({"type": "string", "format": "password"});
        let mut properties = json!({"client_id": text, "client_secret": secret});
        properties[required] = about.clone();
        let schema = json!({"type": "object", "required": [required], "properties": properties});
        json!({
            "required": true,
            "description": "The form, of at most 16 parameters.",
            "content": {"application/x-www-form-urlencoded": {"schema": schema}},
        })
    };
    let grant = json!({"type": "string", "enum": ["client_credentials"]});
    let issued = answer("The token.", "AccessToken");
    paths.insert(
        "/api/oauth/token".to_owned(),
        json!({"post": operation(
            tag,
            ["createToken", "Create One Access Token", "Makes a bearer token."],
            &form("grant_type", &grant),
            &issued,
        )}),
    );
    let token = json!({"type": "string", "format": "password"});
    // Within an envelope it has a body. A document cannot say that only then it has one.
    let revoked = json!({"description": "The token is not valid any more, or never was."});
    paths.insert(
        "/api/oauth/revoke".to_owned(),
        json!({"post": operation(
            tag,
            ["revokeToken", "Revoke One Access Token", "Ends a bearer token before its time."],
            &form("token", &token),
            &revoked,
        )}),
    );
    Ok(())
}

fn operation(
    tag: &str,
    [id, summary, description]: [&str; 3],
    body: &Value,
    success: &Value,
) -> Value {
    let refused = |what: &str| answer(what, "OAuthError");
    json!({
        "operationId": id,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "security": [{"ClientSecret": []}, {}],
        "parameters": [
            {"$ref": "#/components/parameters/envelope"},
            {"$ref": "#/components/parameters/pretty"},
        ],
        "requestBody": body,
        "responses": {
            "200": success,
            "400": refused("The form has something that the endpoint refuses."),
            "401": refused("The client or its secret is not known."),
            "403": refused("The client may not have a token. Only where a fault asks for it."),
            "429": {"$ref": "#/components/responses/tooManyRequests"},
            "500": refused("The service failed. Only where a fault asks for it."),
        },
    })
}

fn answer(what: &str, schema: &str) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    json!({"description": what, "content": {"application/json": {"schema": schema}}})
}

fn access_token() -> Value {
    json!({
        "type": "object",
        "description": "A bearer token.",
        "required": ["access_token", "expires_in", "token_type"],
        "properties": {
            "access_token": {"type": "string", "format": "password", "description": "The token."},
            "expires_in": {
                "type": "integer",
                "description": "For how many seconds it is valid.",
                "minimum": 1,
            },
            "token_type": {"type": "string", "enum": ["Bearer"], "description": "How it is sent."},
        },
    })
}

fn error() -> Value {
    json!({
        "type": "object",
        "description": "What the endpoints say of an error, in the shape of OAuth.",
        "required": ["error", "error_description"],
        "properties": {
            "error": {
                "type": "string",
                "description": "The code.",
                "enum": [
                    "access_denied",
                    "invalid_client",
                    "invalid_grant",
                    "invalid_request",
                    "server_error",
                    "unsupported_grant_type",
                ],
            },
            "error_description": {"type": "string", "description": "What exactly went wrong."},
        },
    })
}
