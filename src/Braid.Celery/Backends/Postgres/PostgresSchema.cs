namespace Braid.Celery.Backends.Postgres;

/// <summary>
/// The tables, in the first schema of the search path. They are Braid's own: Celery's database backend stores pickles, which nobody but Python
/// should read. Times are the server's.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>What is told when a result is stored; the payload is the task's id.</summary>
    internal const string Channel = "braid_celery_results";

    /// <summary>Any number, the same in all processes: two that make the tables at once would disturb each other.</summary>
    private const long MakingLock = 0x6272_6169_6463_656C;

    internal static readonly string Create = $"""
        SELECT pg_advisory_xact_lock({MakingLock});
        CREATE TABLE IF NOT EXISTS braid_celery_results (
            task_id text PRIMARY KEY, status text NOT NULL, meta text NOT NULL, expires_at timestamptz);
        CREATE INDEX IF NOT EXISTS braid_celery_results_expiry ON braid_celery_results (expires_at) WHERE expires_at IS NOT NULL;
        CREATE TABLE IF NOT EXISTS braid_celery_groups (
            group_id text PRIMARY KEY, result text NOT NULL, expires_at timestamptz);
        CREATE TABLE IF NOT EXISTS braid_celery_chords (
            group_id text PRIMARY KEY, size bigint NOT NULL DEFAULT 0, added bigint NOT NULL DEFAULT 0, is_announced boolean NOT NULL DEFAULT false,
            claimed_until timestamptz, expires_at timestamptz NOT NULL);
        CREATE TABLE IF NOT EXISTS braid_celery_chord_parts (
            group_id text NOT NULL REFERENCES braid_celery_chords ON DELETE CASCADE, task_id text NOT NULL, place bigint, number bigserial,
            state text NOT NULL, result text NOT NULL, PRIMARY KEY (group_id, task_id));
        CREATE TABLE IF NOT EXISTS braid_celery_runs (
            task_id text PRIMARY KEY, publication text NOT NULL, expires_at timestamptz NOT NULL);
        CREATE TABLE IF NOT EXISTS braid_celery_beat (
            app text NOT NULL, task text NOT NULL, tick timestamptz NOT NULL, is_sent boolean NOT NULL, PRIMARY KEY (app, task));
        """;

    internal const string DeleteExpired = """
        DELETE FROM braid_celery_results WHERE task_id IN (SELECT task_id FROM braid_celery_results WHERE expires_at < now() LIMIT 10000);
        DELETE FROM braid_celery_groups WHERE expires_at < now();
        DELETE FROM braid_celery_chords WHERE expires_at < now();
        DELETE FROM braid_celery_runs WHERE expires_at < now();
        """;
}
