using Egress.Models;
using Egress.Output;
using Egress.Vectors;
using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// Vectors in a table of a PostgreSQL server. A batch is a transaction on a connection of its own thread, and is copied in the server's
/// binary format. A batch that fails for a passing reason is repeated; also one whose commit was not confirmed, which does no harm, as rows
/// are keyed by their ids. Any number of runs write to one table, as long as their settings are the same.
/// Vectors of other settings are replaced, where that is asked for, with the first batch: until it is committed they are all there.
/// </summary>
internal sealed class PostgreSqlVectorStore : IVectorStore
{
    private const string Batch = "egress_batch";

    /// <summary>Bytes that are sent at once.</summary>
    private const int SendBytes = 1 << 20;

    /// <summary>How long to wait before a batch is tried again; after the last time its error is the run's.</summary>
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3)];

    private readonly VectorStoreOptions _options;
    private readonly StoreRecord _record;
    private readonly PostgreSqlDatabase _database;
    private readonly TableName _table;
    private volatile PostgreSqlSchema? _schema;
    private volatile bool _replacesRows;

    /// <param name="options">The destination and how it is used.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorDatabase"/>.</exception>
    public PostgreSqlVectorStore(VectorStoreOptions options)
    {
        _options = options;
        _record = new StoreRecord(options.Layout, options.Settings);
        _replacesRows = options.Mode == OutputMode.Replace;
        var table = TableName.Parse(options.Destination.Table);
        using var undo = new UndoOnFailure();
        _database = new PostgreSqlDatabase(options.Destination);
        undo.Add(_database.Dispose);
        try
        {
            using var connection = _database.Connect();
            _table = _database.Resolve(connection, table);
            using var transaction = connection.BeginTransaction();
            Prepare(connection, transaction);
            transaction.Commit();
        }
        catch (Exception error) when (PostgreSqlFaults.IsOne(error))
        {
            throw PostgreSqlFaults.Unavailable(_database.Location, error);
        }

        undo.Keep();
    }

    /// <inheritdoc/>
    public string Location => _database.Location;

    /// <summary>Whether the table is still of other settings, to be replaced with the first batch.</summary>
    private bool HasOtherSettings => _schema is null;

    /// <inheritdoc/>
    public IReadOnlyList<StoredState> Find(IReadOnlyList<SequenceKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (_options.Mode == OutputMode.Replace || HasOtherSettings)
        {
            return new StoredState[keys.Count];
        }

        StoredState[] states = [];
        Repeat(() => states = Ask(keys), default);
        return states;
    }

    /// <inheritdoc/>
    public VectorCommit Write(VectorBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);

        // In one order everywhere, so that runs with the same ids do not wait for each other in a circle.
        var rows = batch.Rows.OrderBy(row => row.Id, StringComparer.Ordinal).ToList();
        Repeat(() => Store(rows, cancellationToken).GetAwaiter().GetResult(), cancellationToken);
        return new VectorCommit(Location, rows.Sum(row => (long)row.VectorCount * _options.Layout.VectorBytes));
    }

    /// <inheritdoc/>
    public void Complete()
    {
        // Every commit was durable.
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    /// <summary>Makes what is missing, and looks whether what is there is of these settings.</summary>
    private void Prepare(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        var found = _database.FindRecord(connection, _table);
        if (found is null)
        {
            LockRecords(connection);
            found = _database.FindRecord(connection, _table);
        }

        if (found is not { } before)
        {
            CreateTable(connection, transaction);
        }
        else if (before.Record.Matches(_record))
        {
            _schema = Schema(connection, before.Record, before.Type);
        }
        else if (_options.Mode is OutputMode.Replace or OutputMode.ResumeAndReplace)
        {
            // They are replaced with the first batch; what would keep it from that is better known now.
            if (!Schema(connection, before.Record, before.Type).HasScale)
            {
                RequireFreeView(connection);
            }
        }
        else
        {
            using var any = PostgreSqlDatabase.Command(connection, $"SELECT EXISTS (SELECT FROM {_table.Sql})");
            if ((bool)any.ExecuteScalar()!)
            {
                throw StoreErrors.SettingsDiffer(Location, _table, _record, before.Record);
            }

            // A table without rows keeps nobody from using other settings.
            Replace(connection, transaction);
        }
    }

    /// <summary>Lets one run at a time make or replace tables, until its transaction ends.</summary>
    private void LockRecords(NpgsqlConnection connection) =>
        PostgreSqlDatabase.Run(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _table.Beside(StoreRecord.TableName).Sql);

    private void CreateTable(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        if (PostgreSqlDatabase.Exists(connection, _table))
        {
            throw StoreErrors.NoTable(Location, _table, exists: true);
        }

        RequireFreeView(connection);
        var records = _table.Beside(StoreRecord.TableName);
        if (!PostgreSqlDatabase.Exists(connection, records))
        {
            PostgreSqlDatabase.Run(
                connection,
                $"CREATE TABLE {records.Sql} (table_name text PRIMARY KEY, version integer NOT NULL, \"precision\" text NOT NULL, dimension integer NOT NULL, "
                + "token_level boolean NOT NULL, settings text NOT NULL, column_type text NOT NULL)");
        }

        var layout = _options.Layout;
        var extension = VectorExtension.FindOrInstall(connection, transaction);
        var schema = new PostgreSqlSchema(_table, layout, PostgreSqlSchema.TypeFor(layout, extension), extension);
        PostgreSqlDatabase.Run(connection, schema.Create);
        PostgreSqlDatabase.Run(connection, $"DELETE FROM {records.Sql} WHERE table_name = $1", _table.Name);
        PostgreSqlDatabase.Run(
            connection, $"INSERT INTO {records.Sql} VALUES ($1, $2, $3, $4, $5, $6, $7)",
            _table.Name, StoreRecord.Version, layout.Precision.ToString(), layout.Dimension, layout.IsTokenLevel, _record.SettingsJson, schema.Type.ToString());
        _schema = schema;
    }

    private void RequireFreeView(NpgsqlConnection connection)
    {
        if (_options.Layout.Precision == VectorPrecision.Int8 && PostgreSqlDatabase.Exists(connection, _table.View))
        {
            throw StoreErrors.ViewTaken(Location, _table);
        }
    }

    private PostgreSqlSchema Schema(NpgsqlConnection connection, StoreRecord record, PostgreSqlVectorType type) =>
        new(_table, record.Layout, type, VectorExtension.Find(connection));

    /// <summary>Replaces a table of other settings, unless another shard of this run has done it.</summary>
    private PostgreSqlSchema Replace(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        LockRecords(connection);
        if (_database.FindRecord(connection, _table) is { } before)
        {
            var schema = Schema(connection, before.Record, before.Type);
            if (before.Record.Matches(_record))
            {
                return _schema = schema;
            }

            PostgreSqlDatabase.Run(connection, schema.Drop);
        }

        CreateTable(connection, transaction);
        return _schema!;
    }

    private StoredState[] Ask(IReadOnlyList<SequenceKey> keys)
    {
        var states = new StoredState[keys.Count];
        using var connection = _database.Connect();
        using var command = PostgreSqlDatabase.Command(
            connection, $"SELECT k.place, t.text_hash, t.text IS NULL FROM unnest($1::text[]) WITH ORDINALITY AS k(id, place) JOIN {_table.Sql} t ON t.id = k.id",
            (object)keys.Select(key => key.Id).ToArray());
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var place = (int)reader.GetInt64(0) - 1;
            var isWhole = reader.GetInt64(1) == keys[place].TextHash && !(_options.StoresTexts && reader.GetBoolean(2));
            states[place] = isWhole ? StoredState.Stored : StoredState.Changed;
        }

        return states;
    }

    private async Task Store(List<VectorRow> rows, CancellationToken cancellationToken)
    {
        if (!_replacesRows)
        {
            try
            {
                await InTransaction(rows, replaces: false, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException error) when (PostgreSqlFaults.IsConflict(error))
            {
                // Copying into a table of the batch's own first costs as much again: it begins with the first batch that has a row that is there.
                _replacesRows = true;
            }
        }

        await InTransaction(rows, replaces: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task InTransaction(List<VectorRow> rows, bool replaces, CancellationToken cancellationToken)
    {
        await using var connection = await _database.Connect(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var before = _schema;
        var schema = before ?? Replace(connection, transaction);
        try
        {
            RequireOwnTable(connection);
            await (replaces ? CopyAndReplace(connection, schema, rows, cancellationToken) : Copy(connection, schema, _table.Sql, rows, cancellationToken))
                .ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (before is null)
        {
            // The table that this transaction made is gone with it.
            _schema = null;
            throw;
        }
    }

    /// <summary>
    /// Keeps the table from being replaced until the transaction ends, and looks whether it has been: no table ever has vectors of two kinds
    /// of settings.
    /// </summary>
    private void RequireOwnTable(NpgsqlConnection connection)
    {
        try
        {
            PostgreSqlDatabase.Run(connection, $"LOCK TABLE {_table.Sql} IN ROW EXCLUSIVE MODE");
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw StoreErrors.Replaced(Location, _table);
        }

        if (_database.ReadRecord(connection, _table) is not { } current || !current.Record.Matches(_record))
        {
            throw StoreErrors.Replaced(Location, _table);
        }
    }

    private async Task CopyAndReplace(NpgsqlConnection connection, PostgreSqlSchema schema, List<VectorRow> rows, CancellationToken cancellationToken)
    {
        await Run(connection, $"CREATE TEMP TABLE {Batch} ({schema.ColumnTypes}) ON COMMIT DROP", cancellationToken).ConfigureAwait(false);
        await Copy(connection, schema, $"pg_temp.{Batch}", rows, cancellationToken).ConfigureAwait(false);
        await Run(
            connection,
            $"INSERT INTO {_table.Sql} ({schema.Columns}) SELECT {schema.Columns} FROM pg_temp.{Batch} ORDER BY id "
            + $"ON CONFLICT (id) DO UPDATE SET {schema.Replacements}",
            cancellationToken).ConfigureAwait(false);
    }

    private async Task Copy(NpgsqlConnection connection, PostgreSqlSchema schema, string target, List<VectorRow> rows, CancellationToken cancellationToken)
    {
        var buffer = new CopyBuffer(schema, _options.Layout);
        var stream = await connection.BeginRawBinaryCopyAsync($"COPY {target} ({schema.Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            buffer.Begin();
            foreach (var row in rows)
            {
                buffer.Add(row);
                if (buffer.Written.Length >= SendBytes)
                {
                    await stream.WriteAsync(buffer.Written, cancellationToken).ConfigureAwait(false);
                    buffer.Clear();
                }
            }

            buffer.End();
            await stream.WriteAsync(buffer.Written, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does something again where it failed for a passing reason, and says what a failure means.</summary>
    private void Repeat(Action work, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                work();
                return;
            }
            catch (Exception error) when (PostgreSqlFaults.IsOne(error))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (attempt == s_pauses.Length || !PostgreSqlFaults.IsPassing(error))
                {
                    throw PostgreSqlFaults.Failed(Location, error);
                }

                cancellationToken.WaitHandle.WaitOne(s_pauses[attempt]);
            }
        }
    }
}
