using DuckDB.NET.Native;
using Egress.Output;
using Egress.Vectors;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>
/// Vectors in a table of a DuckDB file. A batch is a transaction; DuckDB's log makes it durable with its commit, and replays it when the
/// file is opened after a crash. One process at a time has the file open; batches of its threads are written one after the other.
/// Vectors of other settings are replaced, where that is asked for, with the first batch: until it is committed they are all there.
/// </summary>
internal sealed class DuckDbVectorStore : IVectorStore
{
    private const string Batch = "egress_batch";
    private const string Keys = "egress_keys";

    private readonly VectorStoreOptions _options;
    private readonly StoreRecord _record;
    private readonly TableName _table;
    private readonly DuckDbSchema _schema;
    private readonly DuckDbRowAppender _appender;
    private readonly DuckDbFiles _file;

    // One for the threads that write, under the gate, and one for the thread that asks.
    private readonly DuckDbDatabase _writer;
    private readonly DuckDbDatabase _reader;
    private volatile bool _hasOtherSettings;
    private bool _replacesRows;

    /// <param name="options">The destination and how it is used.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorDatabase"/>.</exception>
    public DuckDbVectorStore(VectorStoreOptions options)
    {
        _options = options;
        _table = TableName.Parse(options.Destination.Table);
        _record = new StoreRecord(options.Layout, options.Settings);
        _schema = new DuckDbSchema(_table, options.Layout);
        _appender = new DuckDbRowAppender(_schema, options.Layout);
        _replacesRows = options.Mode == OutputMode.Replace;
        using var undo = new UndoOnFailure();
        _writer = DuckDbDatabase.OpenForWriting(options.Destination.Address);
        undo.Add(_writer.Dispose);
        _file = DuckDbFiles.Enter(_writer.Path);
        undo.Add(_file.Dispose);
        Translate(() => InTransaction(Prepare, default));
        _reader = DuckDbDatabase.OpenForWriting(options.Destination.Address);
        undo.Add(_reader.Dispose);
        Translate(() => _reader.Run($"CREATE TEMP TABLE {Keys} (place BIGINT, id VARCHAR)"));
        undo.Keep();
    }

    /// <inheritdoc/>
    public string Location => _options.Destination.Address;

    /// <inheritdoc/>
    public IReadOnlyList<StoredState> Find(IReadOnlyList<SequenceKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var states = new StoredState[keys.Count];
        if (_options.Mode != OutputMode.Replace && !_hasOtherSettings)
        {
            Translate(() => Find(keys, states));
        }

        return states;
    }

    /// <inheritdoc/>
    public VectorCommit Write(VectorBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_file.Gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var interrupt = cancellationToken.UnsafeRegister(_ => _writer.Interrupt(), null);
            Translate(() => Store(batch.Rows, cancellationToken), cancellationToken);
        }

        return new VectorCommit(Location, batch.Rows.Sum(row => (long)row.VectorCount * _options.Layout.VectorBytes));
    }

    /// <inheritdoc/>
    public void Complete()
    {
        lock (_file.Gate)
        {
            // All is durable already. This makes the log part of the tables, so that the file is one.
            Translate(() => _writer.Run("FORCE CHECKPOINT"));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _file.Dispose();
    }

    /// <summary>Makes what is missing, and looks whether what is there is of these settings.</summary>
    private void Prepare()
    {
        _writer.RequireSchema(_table);
        if (_table.Schema is { } schema)
        {
            _writer.Run($"CREATE SCHEMA IF NOT EXISTS {TableName.Quote(schema)}");
        }

        _writer.Run(
            $"CREATE TABLE IF NOT EXISTS {_table.Beside(StoreRecord.TableName).Sql} (table_name VARCHAR PRIMARY KEY, version INTEGER NOT NULL, "
            + "\"precision\" VARCHAR NOT NULL, dimension INTEGER NOT NULL, token_level BOOLEAN NOT NULL, settings VARCHAR NOT NULL)");
        var before = _writer.FindRecord(_table);
        if (before is null)
        {
            CreateTable();
            return;
        }

        _hasOtherSettings = !before.Matches(_record);
        if (_hasOtherSettings && !new DuckDbSchema(_table, before.Layout).HasScale)
        {
            RequireFreeView();
        }

        if (_hasOtherSettings && _options.Mode is not (OutputMode.Replace or OutputMode.ResumeAndReplace))
        {
            // A table without rows keeps nobody from using other settings.
            if (_writer.Value($"SELECT 1 FROM {_table.Sql} LIMIT 1") is not null)
            {
                throw StoreErrors.SettingsDiffer(Location, _table, _record, before);
            }

            ReplaceTable(before);
            _hasOtherSettings = false;
        }
    }

    private void CreateTable()
    {
        if (_writer.IsTaken(_table))
        {
            throw StoreErrors.NoTable(Location, _table, exists: true);
        }

        RequireFreeView();

        _writer.Run(_schema.Create);
        _writer.Run(
            $"INSERT OR REPLACE INTO {_table.Beside(StoreRecord.TableName).Sql} VALUES ($1, $2, $3, $4, $5, $6)",
            _table.Name, StoreRecord.Version, _options.Layout.Precision.ToString(), _options.Layout.Dimension, _options.Layout.IsTokenLevel, _record.SettingsJson);
    }

    private void RequireFreeView()
    {
        if (_schema.HasScale && _writer.IsTaken(_table.View))
        {
            throw StoreErrors.ViewTaken(Location, _table);
        }
    }

    private void ReplaceTable(StoreRecord before)
    {
        _writer.Run(new DuckDbSchema(_table, before.Layout).Drop);
        CreateTable();
    }

    private void Find(IReadOnlyList<SequenceKey> keys, StoredState[] states)
    {
        _reader.Run($"TRUNCATE {Keys}");
        using (var appender = _reader.Connection.CreateAppender("temp", "main", Keys))
        {
            for (var place = 0; place < keys.Count; place++)
            {
                appender.CreateRow().AppendValue((long?)place).AppendValue(keys[place].Id).EndRow();
            }
        }

        using var command = _reader.Command($"SELECT place, text_hash, text IS NULL FROM {_table.Sql} JOIN {Keys} USING (id)");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var place = (int)reader.GetInt64(0);
            var isWhole = reader.GetInt64(1) == keys[place].TextHash && !(_options.StoresTexts && reader.GetBoolean(2));
            states[place] = isWhole ? StoredState.Stored : StoredState.Changed;
        }
    }

    private void Store(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken)
    {
        if (!_replacesRows)
        {
            try
            {
                InTransaction(() => Insert(rows), cancellationToken);
                return;
            }
            catch (DuckDbAppendException error) when (error.ErrorType == DuckDBErrorType.Constraint)
            {
                // Looking for each row costs as much again: it begins with the first batch that has one that is there.
                _replacesRows = true;
            }
        }

        InTransaction(() => Replace(rows), cancellationToken);
    }

    private void Insert(IReadOnlyList<VectorRow> rows)
    {
        RequireOwnTable();
        _appender.Append(_writer.Connection, null, _table, rows);
    }

    private void Replace(IReadOnlyList<VectorRow> rows)
    {
        RequireOwnTable();
        _writer.Run($"CREATE OR REPLACE TEMP TABLE {Batch} AS SELECT {_schema.Columns} FROM {_table.Sql} LIMIT 0");
        _appender.Append(_writer.Connection, "temp", new TableName("main", Batch), rows);
        _writer.Run(
            $"INSERT INTO {_table.Sql} ({_schema.Columns}) SELECT {_schema.Columns} FROM temp.main.{Batch} ON CONFLICT (id) DO UPDATE SET {_schema.Replacements}");
    }

    /// <summary>
    /// Looks whether the table is still of this run's settings: another run of this process may have replaced it. This run replaces it here
    /// where it is of others from before.
    /// </summary>
    private void RequireOwnTable()
    {
        var current = _writer.FindRecord(_table);
        if (current is not null && current.Matches(_record))
        {
            return;
        }

        if (!_hasOtherSettings)
        {
            throw StoreErrors.Replaced(Location, _table);
        }

        if (current is null)
        {
            CreateTable();
        }
        else
        {
            ReplaceTable(current);
        }
    }

    private void InTransaction(Action work, CancellationToken cancellationToken)
    {
        using var transaction = _writer.Connection.BeginTransaction();
        work();
        cancellationToken.ThrowIfCancellationRequested();
        transaction.Commit();
    }

    private void Translate(Action work, CancellationToken cancellationToken = default)
    {
        try
        {
            work();
        }
        catch (Exception error) when (DuckDbDatabase.KindOf(error) is not null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _writer.Failed(error);
        }
    }
}
