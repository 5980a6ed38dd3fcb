-- Nobody logs in to the server's own databases but its superuser; consumers that are gone keep their data and no access.
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
SELECT format('ALTER ROLE %I NOLOGIN', rolname)
FROM pg_roles
WHERE rolcanlogin
  AND shobj_description(oid, 'pg_authid') = 'groundwork'
  AND rolname <> ALL (string_to_array(:'consumers', ' ') || ARRAY['groundwork_dump', 'groundwork_restore']) \gexec
