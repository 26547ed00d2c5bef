//! Checks of what there is to migrate.

use std::collections::HashSet;

use super::{Checked, id, object_id, refuse};
use crate::scenario::SourceProject;

pub(super) fn validate(projects: &[SourceProject]) -> Checked {
    let mut ids = HashSet::new();
    for (index, project) in projects.iter().enumerate() {
        let path = format!("$.source_projects[{index}]");
        id(&format!("{path}.id"), &project.id, &mut ids)?;
        if !(1..=64).contains(&project.name.chars().count()) {
            refuse(format_args!("{path}.name"), "must have from 1 to 64 characters")?;
        }
        for (index, deployment) in project.deployments.iter().enumerate() {
            if let Some(id) = &deployment.cluster_id {
                object_id(&format!("{path}.deployments[{index}].cluster_id"), id)?;
            }
        }
    }
    Ok(())
}
