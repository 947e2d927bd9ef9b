"""The two doors through which something leaves tables that are otherwise only added to. The owner makes them, ``web`` may ask.

``blank_trail`` takes values out of the trail, never entries: who changed which field and when stays. It wants an
approved wish to be erased, in the tenant of the transaction. ``drop_rehearsed`` drops messages that a rehearsal kept.
"""

from __future__ import annotations

MINE = "nullif(current_setting('app.tenant', true), '')::int"
FUNCTIONS = (
    f"""
CREATE OR REPLACE FUNCTION blank_trail(ticket int, kind text, ids int[], names text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE done int;
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM privacy_ticket t WHERE t.tenant_id = {MINE} AND t.id = ticket AND t.kind = 'erase' AND t.state = 'approved'
  ) THEN
    RAISE EXCEPTION 'no approved wish to be erased' USING ERRCODE = '42501';
  END IF;
  UPDATE audit_entry a SET
    changes = (
      SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY(names) THEN '["***", "***"]'::jsonb ELSE value END), '{{}}'::jsonb)
      FROM jsonb_each(a.changes)
    ),
    reason = CASE WHEN a.action IN ('attach', 'detach') THEN '***' ELSE a.reason END
  WHERE a.tenant_id = {MINE} AND a.model = kind AND a.record_id = ANY(ids)
    AND (a.changes ?| names OR a.action IN ('attach', 'detach'));
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$""",  # noqa: S608
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
NAMES = "blank_trail(int, text, int[], text[]), drop_rehearsed(text[])"
