using Egress.Output.Stores;
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
    [InlineData("dbname=x user=ada password=s3cret host=h", null, VectorFormat.PostgreSql, "dbname=x user=ada password=s3cret host=h")]
    [InlineData("sslmode=require password=s3cret", null, VectorFormat.PostgreSql, "sslmode=require password=s3cret")]
    [InlineData("Database=x;Username=ada;Password=s3cret", null, VectorFormat.PostgreSql, "Database=x;Username=ada;Password=s3cret")]
    [InlineData("User Id=ada;PWD=s3cret", null, VectorFormat.PostgreSql, "User Id=ada;PWD=s3cret")]
    [InlineData("UserId=ada;PSW=s3cret", null, VectorFormat.PostgreSql, "UserId=ada;PSW=s3cret")]
    [InlineData("out/host=db", null, VectorFormat.DuckDb, "/at/out/host=db/vectors.duckdb")]
    [InlineData("me@home/out", null, VectorFormat.DuckDb, "/at/me@home/out/vectors.duckdb")]
    [InlineData("Temp:/me@home/out", null, VectorFormat.DuckDb, "/at/Temp:/me@home/out/vectors.duckdb")]
    [InlineData(@"Microsoft.PowerShell.Core\FileSystem::/me@home/out", null, VectorFormat.DuckDb, @"/at/Microsoft.PowerShell.Core\FileSystem::/me@home/out/vectors.duckdb")]
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

    [Theory]
    [InlineData("postgresq://ada:s3cret@h/db", "postgresq://")]
    [InlineData("mysql://ada:s3cret@h/db", "mysql://")]
    [InlineData("postgresql:/ada:s3cret@h/db", "the destination")]
    [InlineData("postgresql:ada:s3/cret@h/db", "the destination")]
    [InlineData("ada:s3cret@h/db", "the destination")]
    [InlineData("ada:s3 cret/@h:5432/db", "the destination")]
    public void A_mistyped_address_is_an_error_that_does_not_repeat_it(string destination, string target)
    {
        foreach (var format in new VectorFormat?[] { null, VectorFormat.Npy, VectorFormat.PostgreSql })
        {
            var error = Assert.Throws<EgressException>(() => VectorAddress.Parse(destination, format, "t", path => throw new InvalidOperationException(path)));
            Assert.Equal((EgressErrorId.DestinationInvalid, target), (error.ErrorId, error.Target));
            Assert.DoesNotContain("cret", error + error.Advice, StringComparison.Ordinal);
            Assert.DoesNotContain("ada", error + error.Advice, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("postgresql://ada:s3cret@h/db")]
    [InlineData("postgresq://ada:s3cret@h/db")]
    [InlineData("Password=s3cret;Host=h")]
    public void No_password_becomes_the_name_of_a_folder_of_files(string destination)
    {
        var error = Assert.Throws<EgressException>(() => DestinationText.RequirePath(destination));
        Assert.Equal(EgressErrorId.DestinationInvalid, error.ErrorId);
        Assert.DoesNotContain("s3cret", error + error.Advice + error.Target, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_text_has_no_password()
    {
        var target = new VectorDestination { Format = VectorFormat.PostgreSql, Address = "postgresql://me:secret@db/x", Password = "secret" };
        Assert.DoesNotContain("secret", target.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", $"{target}", StringComparison.Ordinal);
    }
}
