-- One role that may only log in. Its password arrives as a SCRAM verifier: nobody here learns it.
\getenv verifier VERIFIER
SELECT format('CREATE ROLE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" WITH LOGIN NOCREATEDB NOCREATEROLE PASSWORD :'verifier';
COMMENT ON ROLE :"name" IS 'groundwork';
SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user \gset
\if :superuser
ALTER ROLE :"name" WITH NOSUPERUSER NOREPLICATION NOBYPASSRLS;
\else
-- The rights above are a superuser's alone to give or take. Others may make a database for a role that they belong to.
GRANT :"name" TO CURRENT_USER;
\endif
