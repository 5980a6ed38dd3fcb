-- One role that may only log in. Its password arrives as a SCRAM verifier: nobody here learns it.
\getenv verifier VERIFIER
SELECT format('CREATE ROLE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'verifier';
COMMENT ON ROLE :"name" IS 'groundwork';
