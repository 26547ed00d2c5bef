GRANT USAGE ON SCHEMA atlas_migrations TO ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA atlas_migrations TO ROLE;
GRANT INSERT ON atlas_migrations.event TO ROLE;
GRANT INSERT, UPDATE ON atlas_migrations.stream, atlas_migrations.delivery TO ROLE;
GRANT UPDATE ON atlas_migrations.meta TO ROLE;
GRANT INSERT, UPDATE, DELETE ON atlas_migrations.slot, atlas_migrations.runner TO ROLE;
