using Egress.Models;
using Egress.Output;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <content>Tables: of other settings, of something else, and what they are called.</content>
public abstract partial class VectorDatabaseTests
{
    [Fact]
    public void Vectors_of_other_settings_are_kept_apart()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        foreach (var mode in new[] { OutputMode.Keep, OutputMode.Resume })
        {
            var error = Assert.Throws<EgressException>(() => Open(Float32, "other", mode));
            Assert.Equal(EgressErrorId.DestinationSettingsDiffer, error.ErrorId);
            Assert.Contains("-Model was bert_tiny and is other", error.Message, StringComparison.Ordinal);
            Assert.Contains("-Force", error.Advice, StringComparison.Ordinal);
        }

        Assert.Equal(
            EgressErrorId.DestinationSettingsDiffer,
            Assert.Throws<EgressException>(() => Open(Float32 with { Dimension = 5 })).ErrorId);
        Assert.Single(ReadRows(Destination));
    }

    [Theory]
    [InlineData(OutputMode.Replace)]
    [InlineData(OutputMode.ResumeAndReplace)]
    public void Vectors_of_other_settings_are_there_until_the_first_batch_replaces_them(OutputMode mode)
    {
        var layout = new VectorLayout(VectorPrecision.Int8, 7, IsTokenLevel: false);
        using (var store = Open(layout))
        {
            store.Write(TestVectors.Batch(layout, ["a", "b"]), Token);
        }

        // A run that fails before its first batch has taken nothing away.
        Open(Float32, "other", mode).Dispose();
        Assert.Equal(2, ReadRows(Destination).Count);

        var batch = TestVectors.Batch(Float32, ["b", "c"]);
        using (var store = Open(Float32, "other", mode))
        {
            Assert.Equal([StoredState.Missing], store.Find([new("a", 7)]));
            store.Write(batch, Token);
            store.Write(TestVectors.Batch(Float32, ["d"]), Token);
        }

        Assert.Equal(["b", "c", "d"], ReadRows(Destination).Select(row => row.Id));
        Assert.Equal(TestVectors.Values(Float32, batch.Rows[0]), ReadVectors(Destination, Float32)["b"]);
        using var later = Open(Float32, "other");
        Assert.Equal([StoredState.Missing, StoredState.Stored], later.Find([new("a", 7), new("c", 7)]));
    }

    [Fact]
    public void A_table_without_rows_takes_other_settings()
    {
        Open(new VectorLayout(VectorPrecision.Int8, 3, IsTokenLevel: true)).Dispose();
        using var store = Open(Float32, "other");
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        Assert.Single(ReadVectors(Destination, Float32));
    }

    [Fact]
    public void A_run_whose_table_another_one_replaces_ends()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        using (var other = Open(Float32, "other", OutputMode.Replace))
        {
            other.Write(TestVectors.Batch(Float32, ["b"]), Token);
        }

        var error = Assert.Throws<EgressException>(() => store.Write(TestVectors.Batch(Float32, ["c"]), Token));
        Assert.Equal(EgressErrorId.VectorStoreFailed, error.ErrorId);
        Assert.Equal(["b"], ReadRows(Destination).Select(row => row.Id));
    }

    [Fact]
    public void A_table_of_something_else_is_left_alone()
    {
        Open(Float32, table: "first").Dispose();
        Execute($"CREATE TABLE {Sql("foreign")} (id INT); INSERT INTO {Sql("foreign")} VALUES (1)");
        foreach (var mode in Enum.GetValues<OutputMode>())
        {
            var error = Assert.Throws<EgressException>(() => Open(Float32, mode: mode, table: "foreign"));
            Assert.Equal(EgressErrorId.VectorStoreInvalid, error.ErrorId);
        }

        var query = Assert.Throws<EgressException>(() => Search("foreign"));
        Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.InvalidData), (query.ErrorId, query.Category));
        query = Assert.Throws<EgressException>(() => Search("nothing"));
        Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound), (query.ErrorId, query.Category));
    }

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Replace)]
    public void A_view_of_something_else_is_left_alone(OutputMode mode)
    {
        // With other settings, the view is to be made with the first batch only.
        using (var before = Open(Float32, "other"))
        {
            before.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        var layout = new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false);
        Execute($"CREATE VIEW {Sql("embeddings_float")} AS SELECT 1 AS one; CREATE VIEW {Sql("fresh_float")} AS SELECT 1 AS one; CREATE VIEW {Sql("seen")} AS SELECT 1 AS one");
        foreach (var open in new Action[] { () => Open(layout, mode: mode, table: "fresh"), () => Open(Float32, mode: mode, table: "seen"), () => Open(layout, mode: OutputMode.Replace) })
        {
            var error = Assert.Throws<EgressException>(open);
            Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.InvalidData), (error.ErrorId, error.Category));
            Assert.Contains("-Table", error.Advice, StringComparison.Ordinal);
        }

        Assert.Single(ReadRows(Destination));
    }

    [Theory]
    [InlineData("\"a\"\"; DROP TABLE \"\"b\"", "a\"; DROP TABLE \"b")]
    [InlineData("x'; DROP TABLE embeddings; --", "x'; DROP TABLE embeddings; --")]
    [InlineData("\"with.point\"", "with.point")]
    [InlineData("SELECT", "SELECT")]
    public void A_name_of_a_table_is_a_name_whatever_it_holds(string table, string name)
    {
        using (var store = Open(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), table: table))
        {
            store.Write(TestVectors.Batch(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), ["a", "'; DROP TABLE x; --"]), Token);
            store.Write(TestVectors.Batch(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), ["a"]), Token);
            Assert.Equal([StoredState.Stored], store.Find([new("'; DROP TABLE x; --", 7)]));
        }

        Assert.Equal(2, ReadRows(Destination with { Table = name }).Count);
        using var search = Search(table);
        Assert.Equal(4, search.FindVector("'; DROP TABLE x; --")!.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("a.")]
    [InlineData("\"a")]
    [InlineData("a\0b")]
    [InlineData("EGRESS_stores")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890")]
    public void A_name_that_no_table_can_have_is_an_error(string table)
    {
        Assert.Equal(EgressErrorId.OptionInvalid, Assert.Throws<EgressException>(() => Open(Float32, table: table)).ErrorId);
    }
}
