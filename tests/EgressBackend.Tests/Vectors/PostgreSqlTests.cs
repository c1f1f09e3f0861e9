using Egress.Models;
using Egress.Vectors;
using Npgsql;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Vectors in PostgreSQL, with the extension and without it.</summary>
public abstract class PostgreSqlTests : VectorDatabaseTests
{
    private protected PostgreSqlTests(PostgreSqlServer server, string? extensionSchema)
    {
        Server = server;
        ExtensionSchema = extensionSchema;
        (Database, Schema) = server.CreateSchema(extensionSchema);
    }

    private protected PostgreSqlServer Server { get; }

    /// <summary>The schema that the extension is in; null without it.</summary>
    private protected string? ExtensionSchema { get; }

    private protected string Database { get; }

    /// <summary>The test's own schema, which connections make tables in.</summary>
    private protected string Schema { get; }

    private protected override VectorDestination Destination => DestinationFor(Server.Port);

    [Fact]
    public void A_table_is_in_the_schema_that_its_name_says()
    {
        Execute("CREATE SCHEMA \"My space\"");
        using (var store = Open(Float32, table: "\"My space\".\"my.table\""))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        Assert.Equal(1L, Query("SELECT count(*) FROM \"My space\".\"my.table\"", reader => reader.GetInt64(0)).Single());
        using var search = Search("My space.\"my.table\"");
        Assert.NotNull(search.FindVector("a"));
        foreach (var open in new Action[] { () => Open(Float32, table: "nowhere.t"), () => Search("nowhere.t") })
        {
            var error = Assert.Throws<EgressException>(open);
            Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound), (error.ErrorId, error.Category));
        }
    }

    [Fact]
    public void A_connection_that_is_lost_between_batches_is_made_again()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        Server.Execute("postgres", PostgreSqlServer.Administrator, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{Database}'");
        Assert.Equal([StoredState.Stored], store.Find([new("a", 7)]));
        Server.Execute("postgres", PostgreSqlServer.Administrator, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{Database}'");
        store.Write(TestVectors.Batch(Float32, ["b"]), Token);
        Assert.Equal(["a", "b"], ReadRows(Destination).Select(row => row.Id));
    }

    [Fact]
    public void A_server_that_goes_away_ends_the_run_with_advice_and_the_same_run_goes_on_later()
    {
        using (var line = new CutLine(Server.Port))
        using (var store = Open(Float32, line.Port))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
            line.Cut();
            var error = Assert.Throws<EgressException>(() => store.Write(TestVectors.Batch(Float32, ["b"]), Token));
            Assert.Equal((EgressErrorId.VectorStoreFailed, EgressErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
            Assert.Contains("Run the same command again", error.Advice, StringComparison.Ordinal);
            AssertNoPassword(error);
        }

        using var again = Open(Float32);
        Assert.Equal([StoredState.Stored, StoredState.Missing], again.Find([new("a", 7), new("b", 7)]));
    }

    [Fact]
    public void Runs_that_are_killed_lose_and_double_nothing()
    {
        var number = 0;
        KilledRuns.KillAndVerify(VectorFormat.PostgreSql, () => Address(Server.CreateDatabase(ExtensionSchema)), address =>
        {
            number++;
            var name = Uri.UnescapeDataString(address[(address.LastIndexOf('/') + 1)..]);
            using (var connection = Server.Open(name))
            using (var command = new NpgsqlCommand("SELECT id, text_hash, text, vector::real[], pg_typeof(vector)::text FROM embeddings ORDER BY id", connection))
            using (var reader = command.ExecuteReader())
            {
                var rows = new List<(string, long, string?, float[])>();
                while (reader.Read())
                {
                    Assert.Equal(ExtensionSchema is null ? "real[]" : $"{ExtensionSchema}.vector", reader.GetString(4));
                    rows.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetFieldValue<float[]>(3)));
                }

                Assert.Equal(KilledRuns.Expected, rows);
            }

            Server.Execute("postgres", PostgreSqlServer.Administrator, $"DROP DATABASE \"{name}\" WITH (FORCE)");
        });
        Assert.NotEqual(0, number);
    }

    /// <summary>Fails where the password, or a part of it that could be told from other text, is in anything that an error says.</summary>
    private protected static void AssertNoPassword(EgressException error)
    {
        foreach (var text in new[] { error.ToString(), error.Advice, $"{error.Target}" })
        {
            Assert.DoesNotContain("geheim", text, StringComparison.Ordinal);
            Assert.DoesNotContain("='1", text, StringComparison.Ordinal);
        }
    }

    private protected string Address(string database) =>
        $"postgresql://{PostgreSqlServer.User}:{Uri.EscapeDataString(PostgreSqlServer.Password)}@127.0.0.1:{Server.Port}/{Uri.EscapeDataString(database)}";

    private protected override Dictionary<string, float[][]> ReadVectors(VectorDestination destination, VectorLayout layout)
    {
        var table = layout.Precision == VectorPrecision.Int8 ? destination.Table + "_float" : destination.Table;
        return Query($"SELECT id, vector::real[] FROM {Sql(table)}", reader => (
            reader.GetString(0), layout.IsTokenLevel ? Rows(reader.GetFieldValue<float[,]>(1)) : [reader.GetFieldValue<float[]>(1)]))
            .ToDictionary(row => row.Item1, row => row.Item2, StringComparer.Ordinal);
    }

    private protected override List<(string Id, long Hash, string? Text)> ReadRows(VectorDestination destination) => Query(
        $"SELECT id, text_hash, text FROM {Sql(destination.Table)} ORDER BY id",
        reader => (reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetString(2)));

    private protected override void Execute(string sql) => Server.Execute(Database, PostgreSqlServer.User, sql, Schema);

    private protected List<T> Query<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        using var connection = Server.Open(Database, schema: Schema);
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private protected VectorDestination DestinationFor(int port) => new()
    {
        Format = VectorFormat.PostgreSql,
        Address = $"postgresql://127.0.0.1:{port}/{Uri.EscapeDataString(Database)}?options=-c%20search_path%3D{Schema}",
        User = PostgreSqlServer.User,
        Password = PostgreSqlServer.Password,
    };

    private IVectorStore Open(VectorLayout layout, int port) => new TorchBackend().OpenVectorDatabase(new VectorStoreOptions
    {
        Destination = DestinationFor(port),
        Layout = layout,
        Settings = TestVectors.Settings(),
    });

    private static float[][] Rows(float[,] array) =>
        [.. Enumerable.Range(0, array.GetLength(0)).Select(row => Enumerable.Range(0, array.GetLength(1)).Select(column => array[row, column]).ToArray())];
}
