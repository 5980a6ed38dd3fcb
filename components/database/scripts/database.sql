-- One consumer's database: its owner comes in, and the roles that dump and restore it. Nobody else.
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
ALTER DATABASE :"name" OWNER TO :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
-- The owner's own right too: a restore that was killed leaves it revoked.
GRANT ALL ON DATABASE :"name" TO :"name";
\if :dumped
GRANT CONNECT ON DATABASE :"name" TO groundwork_dump, groundwork_restore;
GRANT :"name" TO groundwork_restore;
\endif
\connect :"name"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
