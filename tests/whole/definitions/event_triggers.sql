-- Event triggers and when they fire.
SELECT evtname::text AS name, jsonb_build_array(evtevent, evtfoid::regproc, evtenabled, evttags)::text AS definition
  FROM pg_event_trigger
