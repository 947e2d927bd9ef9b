"""The one door through which something leaves a table that is otherwise only added to: the rehearsal's old messages."""

from __future__ import annotations

MINE = "nullif(current_setting('app.tenant', true), '')::int"
FUNCTIONS = (
    f"""
CREATE OR REPLACE FUNCTION drop_rehearsed(keys text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE done int;
BEGIN
  DELETE FROM rehearsed r WHERE r.tenant_id = {MINE} AND r.key = ANY(keys);
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$""",  # noqa: S608
)
NAMES = "drop_rehearsed(text[])"
