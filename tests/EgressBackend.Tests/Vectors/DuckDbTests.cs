using System.Diagnostics;
using DuckDB.NET.Data;
using Egress.Backend.Vectors.DuckDb;
using Egress.Models;
using Egress.Tests;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Vectors in DuckDB files.</summary>
public sealed class DuckDbTests : VectorDatabaseTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected override VectorDestination Destination =>
        new() { Format = VectorFormat.DuckDb, Address = _folder["a folder; with=odd 'names'/vectors.duckdb"] };

    public DuckDbTests() => DuckDbLibrary.EnsureLoaded();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_table_is_in_the_schema_that_its_name_says()
    {
        using (var store = Open(Float32, table: "my space.\"my.table\""))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        Assert.Equal(1L, Query("SELECT count(*) FROM \"my space\".\"my.table\"", reader => reader.GetInt64(0)).Single());
        using var search = Search("MY SPACE.\"my.TABLE\"");
        Assert.NotNull(search.FindVector("a"));
    }

    [Theory]
    [InlineData("information_schema.t")]
    [InlineData("pg_catalog.t")]
    [InlineData("TEMP.t")]
    [InlineData("system.t")]
    [InlineData("vectors.t")]
    public void A_schema_that_takes_no_tables_is_a_mistake_of_the_command_line(string table)
    {
        var error = Assert.Throws<EgressException>(() => Open(Float32, table: table));
        Assert.Equal((EgressErrorId.OptionInvalid, table), (error.ErrorId, error.Target));
        Assert.Contains("-Table", error.Advice, StringComparison.Ordinal);
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
    }

    [Theory]
    [InlineData(VectorPrecision.Float32, false, "FLOAT[12]")]
    [InlineData(VectorPrecision.Float16, true, "FLOAT[12][]")]
    [InlineData(VectorPrecision.Int8, false, "TINYINT[12]")]
    [InlineData(VectorPrecision.Int8, true, "TINYINT[12][]")]
    public void Columns_have_the_types_that_the_documentation_names(VectorPrecision precision, bool isTokenLevel, string type)
    {
        Open(new VectorLayout(precision, 12, isTokenLevel)).Dispose();
        var columns = Query("DESCRIBE embeddings", reader => (reader.GetString(0), reader.GetString(1)));
        Assert.Contains(("id", "VARCHAR"), columns);
        Assert.Contains(("text_hash", "BIGINT"), columns);
        Assert.Contains(("vector", type), columns);
        Assert.Equal(precision == VectorPrecision.Int8, columns.Contains(("scale", isTokenLevel ? "FLOAT[]" : "FLOAT")));
    }

    [Fact]
    public void A_file_that_another_process_has_open_is_in_use_and_the_error_names_it()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        using var holder = HoldOpen(Destination.Address);
        try
        {
            foreach (var open in new Action[] { () => Open(Float32), () => Search() })
            {
                var error = Assert.Throws<EgressException>(open);
                Assert.Equal((EgressErrorId.DestinationInUse, EgressErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
                Assert.Contains($"process {holder.Id},", error.Message, StringComparison.Ordinal);
                Assert.Contains(Destination.Address, error.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            holder.Kill();
            holder.WaitForExit();
        }

        Assert.Equal([StoredState.Stored], Open(Float32).Find([new("a", 7)]));
    }

    [Fact]
    public void What_is_no_database_is_left_alone()
    {
        var address = Destination.Address;
        Directory.CreateDirectory(Path.GetDirectoryName(address)!);
        File.WriteAllText(address, new string('x', 10_000));
        Assert.Equal(EgressErrorId.VectorStoreInvalid, Assert.Throws<EgressException>(() => Open(Float32)).ErrorId);
        Assert.Equal(EgressErrorId.VectorStoreInvalid, Assert.Throws<EgressException>(() => Search()).ErrorId);
        Assert.Equal(10_000, new FileInfo(address).Length);

        File.Delete(address);
        Assert.Equal(EgressErrorCategory.ObjectNotFound, Assert.Throws<EgressException>(() => Search()).Category);
        Directory.CreateDirectory(address);
        Assert.Equal(EgressErrorId.VectorStoreInvalid, Assert.Throws<EgressException>(() => Open(Float32)).ErrorId);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_unavailable()
    {
        File.WriteAllText(_folder["file"], "");
        var error = Assert.Throws<EgressException>(() => new TorchBackend().OpenVectorDatabase(new VectorStoreOptions
        {
            Destination = new VectorDestination { Format = VectorFormat.DuckDb, Address = _folder["file/vectors.duckdb"] },
            Layout = Float32,
            Settings = TestVectors.Settings(),
        }));
        Assert.Equal(EgressErrorId.VectorStoreUnavailable, error.ErrorId);
    }

    [Fact]
    public void A_query_sees_what_a_run_of_the_same_process_has_committed()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        using var search = Search();
        Assert.NotNull(search.FindVector("a"));
        store.Write(TestVectors.Batch(Float32, ["b"]), Token);
        Assert.NotNull(search.FindVector("b"));
    }

    [Fact]
    public void A_query_changes_nothing()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        var before = File.ReadAllBytes(Destination.Address);
        using (var search = Search())
        {
            Assert.Single(search.Nearest(new float[12], 5, VectorMetric.L2, null));
        }

        Assert.Equal(before, File.ReadAllBytes(Destination.Address));
        Assert.Equal(["vectors.duckdb"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Destination.Address)!).Select(Path.GetFileName));
    }

    [Fact]
    public void After_its_end_a_run_leaves_one_file()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        store.Complete();
        var wal = new FileInfo(Destination.Address + ".wal");
        Assert.True(!wal.Exists || wal.Length == 0, "the log is part of the tables");
        store.Complete();
    }

    [Fact]
    public void Vectors_that_are_no_numbers_are_stored_and_are_no_matches()
    {
        var layout = Float32 with { Dimension = 2 };
        using (var store = Open(layout))
        {
            store.Write(
                new VectorBatch(layout, [TestVectors.Row(layout, "nan", [[float.NaN, 1]]), TestVectors.Row(layout, "a", [[3, 4]])]), Token);
        }

        using var search = Search();
        foreach (var metric in Enum.GetValues<VectorMetric>())
        {
            Assert.Equal(["a"], search.Nearest(new float[] { 3, 4 }, 5, metric, null).Select(match => match.Id));
        }
    }

    [Fact]
    public void Runs_that_are_killed_lose_and_double_nothing()
    {
        var number = 0;
        KilledRuns.KillAndVerify(VectorFormat.DuckDb, () => _folder[$"killed {number++}.duckdb"], address =>
        {
            Assert.Equal(
                KilledRuns.Expected,
                Query("SELECT id, text_hash, text, vector FROM embeddings ORDER BY id", reader => (
                    reader.GetString(0), reader.GetInt64(1), (string?)reader.GetString(2), reader.GetFieldValue<List<float>>(3).ToArray()), address));
            File.Delete(address);
        });
    }

    private protected override Dictionary<string, float[][]> ReadVectors(VectorDestination destination, VectorLayout layout)
    {
        var view = layout.Precision == VectorPrecision.Int8 ? destination.Table + "_float" : destination.Table;
        return Query($"SELECT id, vector FROM {Sql(view)}", reader => (
            reader.GetString(0),
            layout.IsTokenLevel
                ? reader.GetFieldValue<List<List<float>>>(1).Select(vector => vector.ToArray()).ToArray()
                : [[.. reader.GetFieldValue<List<float>>(1)]])).ToDictionary(row => row.Item1, row => row.Item2, StringComparer.Ordinal);
    }

    private protected override List<(string Id, long Hash, string? Text)> ReadRows(VectorDestination destination) => Query(
        $"SELECT id, text_hash, text FROM {Sql(destination.Table)} ORDER BY id",
        reader => (reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetString(2)));

    private protected override void Execute(string sql) => Query(sql, _ => 0);

    private List<T> Query<T>(string sql, Func<DuckDBDataReader, T> read, string? address = null)
    {
        // As the run does, because connections of one process to one file have to agree.
        var settings = new DuckDBConnectionStringBuilder { DataSource = address ?? Destination.Address, CheckpointThreshold = "256MB", AutoinstallKnownExtensions = false };
        using var connection = new DuckDBConnection(settings.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Starts a process that has a database open.</summary>
    private static Process HoldOpen(string path)
    {
        var process = VectorWriterProgram.Start("hold", path);
        Assert.Equal("open", process.StandardOutput.ReadLine());
        return process;
    }
}
