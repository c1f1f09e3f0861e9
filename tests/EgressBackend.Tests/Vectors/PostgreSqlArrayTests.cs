using Egress.Models;
using Egress.Tests.S3;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Without the extension vectors are arrays; and what has nothing to do with either.</summary>
public sealed class PostgreSqlArrayTests(PostgreSqlServer server) : PostgreSqlTests(server, null)
{
    [Theory]
    [InlineData(VectorPrecision.Float32, false, "real[]", null)]
    [InlineData(VectorPrecision.Float16, true, "real[]", null)]
    [InlineData(VectorPrecision.Int8, false, "smallint[]", "real")]
    [InlineData(VectorPrecision.Int8, true, "smallint[]", "real[]")]
    public void Columns_have_the_types_that_the_documentation_names(VectorPrecision precision, bool isTokenLevel, string type, string? scale)
    {
        Open(new VectorLayout(precision, 12, isTokenLevel)).Dispose();
        var columns = Columns();
        Assert.Equal(("text", "bigint", type, "text"), (columns["id"], columns["text_hash"], columns["vector"], columns["text"]));
        Assert.Equal(scale, columns.GetValueOrDefault("scale"));
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
    public void A_zero_in_a_text_is_stored_as_its_replacement()
    {
        using var store = Open(Float32, storesTexts: true);
        store.Write(new VectorBatch(Float32, [TestVectors.Row(Float32, "a", [new float[12]], "b\0c")]), Token);
        Assert.Equal("b\uFFFDc", ReadRows(Destination).Single().Text);
    }

    [Theory]
    [InlineData("postgresql://writer:{uri}@127.0.0.1:{port}/{database}")]
    [InlineData("postgres://{database}?user=writer&password={uri}&host={sockets}&port={port}&sslmode=disable")]
    [InlineData("postgresql://127.0.0.1:{port}/{database}?user=writer&password={uri}&connect_timeout=9")]
    [InlineData("Host=127.0.0.1;Port={port};Database={plain};Username=writer;Password=\"{password}\"")]
    [InlineData("host=127.0.0.1 port={port} dbname='{plain}' user=writer password='{libpq}' sslmode=prefer")]
    public void An_address_is_read_in_every_form(string address)
    {
        // The second has its database where others have a host.
        address = address.Replace("postgres://{database}", "postgres:///{database}", StringComparison.Ordinal);
        var destination = new VectorDestination { Format = VectorFormat.PostgreSql, Address = Fill(address) };
        using var store = new TorchBackend().OpenVectorDatabase(Options(destination));
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        Assert.Equal([1L], Query("SELECT count(*) FROM public.embeddings", reader => reader.GetInt64(0)));
        using var search = new TorchBackend().OpenVectorSearch(destination);
        Assert.NotNull(search.FindVector("a"));
        Assert.DoesNotContain("geheim", store.Location, StringComparison.Ordinal);
        Assert.Contains(Database, store.Location, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", $"{destination}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_address_leaves_out_comes_from_the_environment()
    {
        (string Name, string Value)[] variables =
        [
            ("PGHOST", "127.0.0.1"), ("PGPORT", $"{Server.Port}"), ("PGDATABASE", Database), ("PGUSER", PostgreSqlServer.User),
            ("PGPASSWORD", PostgreSqlServer.Password), ("PGSSLMODE", "prefer"),
        ];
        var before = variables.Select(variable => (variable.Name, Environment.GetEnvironmentVariable(variable.Name))).ToList();
        try
        {
            Array.ForEach(variables, variable => Environment.SetEnvironmentVariable(variable.Name, variable.Value));
            var destination = new VectorDestination { Format = VectorFormat.PostgreSql, Address = "postgresql://" };
            using var store = new TorchBackend().OpenVectorDatabase(Options(destination));
            Assert.Equal($"postgresql://127.0.0.1:{Server.Port}/{Database}", store.Location);

            Environment.SetEnvironmentVariable("PGPASSWORD", "geheim2");
            var error = Assert.Throws<EgressException>(() => new TorchBackend().OpenVectorDatabase(Options(destination)));
            Assert.Equal(EgressErrorCategory.PermissionDenied, error.Category);
            AssertNoPassword(error);
            using var named = new TorchBackend().OpenVectorDatabase(Options(destination with { Password = PostgreSqlServer.Password }));
        }
        finally
        {
            before.ForEach(variable => Environment.SetEnvironmentVariable(variable.Name, variable.Item2));
        }
    }

    [Theory]
    [InlineData("postgresql://writer:{password}@127.0.0.1:{port}/{database}")]
    [InlineData("postgresql://writer:geheim/x@127.0.0.1/d")]
    [InlineData("postgresql://writer:1/geheim@127.0.0.1/d")]
    [InlineData("postgresql://writer:1?geheim@127.0.0.1/d")]
    [InlineData("postgresql://127.0.0.1:geheim/d")]
    [InlineData("postgresql://127.0.0.1/d?geheim=1")]
    [InlineData("postgresql://127.0.0.1/d?sslmode=geheim")]
    [InlineData("Host=127.0.0.1;Password=a;geheim=b")]
    [InlineData("Host=127.0.0.1;Password=a;geheim")]
    [InlineData("Host=127.0.0.1;Port=geheim")]
    [InlineData("host=127.0.0.1 port=geheim")]
    [InlineData("host=127.0.0.1 geheim=1")]
    public void An_address_that_cannot_be_read_is_not_repeated(string address)
    {
        foreach (var error in Failures(new VectorDestination { Format = VectorFormat.PostgreSql, Address = Fill(address) }))
        {
            Assert.Equal(EgressErrorId.OptionInvalid, error.ErrorId);
            AssertNoPassword(error);
        }
    }

    [Fact]
    public void A_database_that_cannot_be_used_says_why_and_never_the_password()
    {
        Server.Execute("postgres", PostgreSqlServer.Administrator, "CREATE DATABASE locked; REVOKE CREATE ON DATABASE locked FROM PUBLIC");
        Server.Execute("locked", PostgreSqlServer.Administrator, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        (VectorDestination Destination, EgressErrorCategory Category, int Failures)[] cases =
        [
            (Destination with { Password = "geheim='1" }, EgressErrorCategory.PermissionDenied, 2),
            (Destination with { User = "nobody" }, EgressErrorCategory.PermissionDenied, 2),
            (Destination with { Password = "" }, EgressErrorCategory.PermissionDenied, 2),
            (Destination with { Address = $"postgresql://127.0.0.1:{Server.Port}/none" }, EgressErrorCategory.ObjectNotFound, 2),
            (DestinationFor(S3Server.FreePort()), EgressErrorCategory.ResourceUnavailable, 2),
            (Destination with { Address = "postgresql://no.such.host.invalid/d" }, EgressErrorCategory.ResourceUnavailable, 2),
            (Destination with { Address = $"postgresql://127.0.0.1:{Server.Port}/locked" }, EgressErrorCategory.PermissionDenied, 1),
        ];
        foreach (var (destination, category, count) in cases)
        {
            foreach (var error in Failures(destination).Take(count))
            {
                Assert.Equal((EgressErrorId.VectorStoreUnavailable, category), (error.ErrorId, error.Category));
                Assert.NotEmpty(error.Advice);
                AssertNoPassword(error);
            }
        }
    }

    [Fact]
    public void A_query_needs_no_more_than_the_right_to_read()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        Server.Execute(Database, PostgreSqlServer.Administrator, $"CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA {Schema} TO reader; GRANT USAGE ON SCHEMA {Schema} TO reader");
        using var search = new TorchBackend().OpenVectorSearch(Destination with { User = "reader", Password = "r" });
        Assert.NotNull(search.FindVector("a"));
    }

    private static VectorStoreOptions Options(VectorDestination destination) => new()
    {
        Destination = destination,
        Layout = Float32,
        Settings = TestVectors.Settings(),
    };

    private static IEnumerable<EgressException> Failures(VectorDestination destination)
    {
        yield return Assert.Throws<EgressException>(() => new TorchBackend().OpenVectorDatabase(Options(destination)));
        yield return Assert.Throws<EgressException>(() => new TorchBackend().OpenVectorSearch(destination));
    }

    private Dictionary<string, string> Columns() => Query(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'embeddings'::regclass AND attnum > 0",
        reader => (reader.GetString(0), reader.GetString(1))).ToDictionary(StringComparer.Ordinal);

    private string Fill(string address) => address
        .Replace("{uri}", Uri.EscapeDataString(PostgreSqlServer.Password), StringComparison.Ordinal)
        .Replace("{libpq}", PostgreSqlServer.Password.Replace("'", "\\'", StringComparison.Ordinal), StringComparison.Ordinal)
        .Replace("{password}", PostgreSqlServer.Password, StringComparison.Ordinal)
        .Replace("{port}", $"{Server.Port}", StringComparison.Ordinal)
        .Replace("{sockets}", Uri.EscapeDataString(Server.Sockets), StringComparison.Ordinal)
        .Replace("{plain}", Database, StringComparison.Ordinal)
        .Replace("{database}", Uri.EscapeDataString(Database), StringComparison.Ordinal);
}
