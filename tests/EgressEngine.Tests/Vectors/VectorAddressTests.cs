using Egress.Vectors;

namespace Egress.Tests.Vectors;

public sealed class VectorAddressTests
{
    [Theory]
    [InlineData("out", null, VectorFormat.DuckDb, "/at/out/vectors.duckdb")]
    [InlineData("out/a.duckdb", null, VectorFormat.DuckDb, "/at/out/a.duckdb")]
    [InlineData("a.DB", null, VectorFormat.DuckDb, "/at/a.DB")]
    [InlineData("out", VectorFormat.Npy, VectorFormat.Npy, "/at/out")]
    [InlineData("out.duckdb", VectorFormat.Parquet, VectorFormat.Parquet, "/at/out.duckdb")]
    [InlineData("s3://bucket/a", null, VectorFormat.Parquet, "s3://bucket/a/")]
    [InlineData("s3://bucket/a", VectorFormat.Arrow, VectorFormat.Arrow, "s3://bucket/a/")]
    [InlineData("postgresql://me@db/x", null, VectorFormat.PostgreSql, "postgresql://me@db/x")]
    [InlineData("Postgres://db", null, VectorFormat.PostgreSql, "Postgres://db")]
    [InlineData("Database=x;Host=db", null, VectorFormat.PostgreSql, "Database=x;Host=db")]
    [InlineData("server = db", VectorFormat.PostgreSql, VectorFormat.PostgreSql, "server = db")]
    public void A_destination_says_what_it_is(string destination, VectorFormat? format, VectorFormat chosen, string address)
    {
        var target = VectorAddress.Parse(destination, format, "t", path => "/at/" + path);
        Assert.Equal(chosen, target.Format);
        Assert.Equal(address.TrimEnd('/'), target.Address.TrimEnd('/'));
        Assert.Equal("t", target.Table);
    }

    [Theory]
    [InlineData("postgresql://me:secret@db/x", VectorFormat.DuckDb)]
    [InlineData("Host=db;Password=secret", VectorFormat.Npy)]
    [InlineData("out", VectorFormat.PostgreSql)]
    [InlineData("s3://bucket/secret", VectorFormat.DuckDb)]
    public void A_form_that_does_not_go_with_it_is_an_error_without_the_address(string destination, VectorFormat format)
    {
        var error = Assert.Throws<EgressException>(() => VectorAddress.Parse(destination, format, "t", path => path));
        Assert.Equal(EgressErrorId.OptionInvalid, error.ErrorId);
        Assert.DoesNotContain("secret", error.Message + error.Advice + error.Target, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_text_has_no_password()
    {
        var target = new VectorDestination { Format = VectorFormat.PostgreSql, Address = "postgresql://me:secret@db/x", Password = "secret" };
        Assert.DoesNotContain("secret", target.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", $"{target}", StringComparison.Ordinal);
    }
}
