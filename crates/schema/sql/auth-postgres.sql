-- The auth schema (`--app-name basic-auth`) of MLflow 3.17.2 for PostgreSQL: version f1a2b3c4d5e6.
--
-- Run once, in one transaction, where none of these tables exist. No empty line stands inside a
-- statement: the script may be run whole or cut at empty lines. Names, types and defaults are
-- MLflow's own, odd ones included; conformance/schema/ compares the result with MLflow's.

-- ---- Users --------------------------------------------------------------------------------------

CREATE TABLE users (
    id             SERIAL,
    username       VARCHAR(255),
    password_hash  VARCHAR(255),
    is_admin       BOOLEAN,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_key UNIQUE (username)
);

-- ---- Roles --------------------------------------------------------------------------------------
-- A user's rights are the permissions of the roles assigned to it.

CREATE TABLE roles (
    id           SERIAL,
    name         VARCHAR(255) NOT NULL,
    workspace    VARCHAR(63) NOT NULL,
    description  VARCHAR(1024),
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT unique_workspace_role_name UNIQUE (workspace, name)
);
CREATE INDEX idx_roles_workspace ON roles (workspace);

CREATE TABLE role_permissions (
    id                SERIAL,
    role_id           INTEGER NOT NULL,
    resource_type     VARCHAR(64) NOT NULL,
    resource_pattern  VARCHAR(255) NOT NULL,
    permission        VARCHAR(255) NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_role_resource_perm UNIQUE (role_id, resource_type, resource_pattern),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
);
CREATE INDEX idx_role_permissions_role_id ON role_permissions (role_id);

CREATE TABLE user_role_assignments (
    id       SERIAL,
    user_id  INTEGER NOT NULL,
    role_id  INTEGER NOT NULL,
    CONSTRAINT user_role_assignments_pkey PRIMARY KEY (id),
    CONSTRAINT unique_user_role UNIQUE (user_id, role_id),
    CONSTRAINT user_role_assignments_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id),
    CONSTRAINT user_role_assignments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_user_role_assignments_user_id ON user_role_assignments (user_id);
CREATE INDEX idx_user_role_assignments_role_id ON user_role_assignments (role_id);

-- ---- Permissions per resource -------------------------------------------------------------------
-- The tables that roles replaced; kept because MLflow keeps them.

CREATE TABLE experiment_permissions (
    id             SERIAL,
    experiment_id  VARCHAR(255) NOT NULL,
    user_id        INTEGER NOT NULL,
    permission     VARCHAR(255),
    CONSTRAINT experiment_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_experiment_user UNIQUE (experiment_id, user_id),
    CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE registered_model_permissions (
    id          SERIAL,
    name        VARCHAR(255) NOT NULL,
    user_id     INTEGER NOT NULL,
    permission  VARCHAR(255),
    workspace   VARCHAR(63) DEFAULT 'default' NOT NULL,
    CONSTRAINT registered_model_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_workspace_name_user UNIQUE (workspace, name, user_id),
    CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE scorer_permissions (
    id             SERIAL,
    experiment_id  VARCHAR(255) NOT NULL,
    scorer_name    VARCHAR(256) NOT NULL,
    user_id        INTEGER NOT NULL,
    permission     VARCHAR(255),
    CONSTRAINT scorer_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_scorer_user UNIQUE (experiment_id, scorer_name, user_id),
    CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE gateway_secret_permissions (
    id          SERIAL,
    secret_id   VARCHAR(255) NOT NULL,
    user_id     INTEGER NOT NULL,
    permission  VARCHAR(255),
    CONSTRAINT gateway_secret_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_secret_user UNIQUE (secret_id, user_id),
    CONSTRAINT fk_gateway_secret_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE gateway_endpoint_permissions (
    id           SERIAL,
    endpoint_id  VARCHAR(255) NOT NULL,
    user_id      INTEGER NOT NULL,
    permission   VARCHAR(255),
    CONSTRAINT gateway_endpoint_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_endpoint_user UNIQUE (endpoint_id, user_id),
    CONSTRAINT fk_gateway_endpoint_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE gateway_model_definition_permissions (
    id                   SERIAL,
    model_definition_id  VARCHAR(255) NOT NULL,
    user_id              INTEGER NOT NULL,
    permission           VARCHAR(255),
    CONSTRAINT gateway_model_definition_permissions_pkey PRIMARY KEY (id),
    CONSTRAINT unique_model_def_user UNIQUE (model_definition_id, user_id),
    CONSTRAINT fk_gateway_model_def_perm_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE workspace_permissions (
    workspace   VARCHAR(63) NOT NULL,
    user_id     INTEGER NOT NULL,
    permission  VARCHAR(32) NOT NULL,
    CONSTRAINT workspace_permissions_pk PRIMARY KEY (workspace, user_id),
    CONSTRAINT workspace_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_workspace_permissions_user_id ON workspace_permissions (user_id);
CREATE INDEX idx_workspace_permissions_workspace ON workspace_permissions (workspace);

-- ---- Version ------------------------------------------------------------------------------------
-- Last, so that its presence means a whole schema.

CREATE TABLE alembic_version_auth (
    version_num  VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num)
);

INSERT INTO alembic_version_auth (version_num) VALUES ('f1a2b3c4d5e6');
