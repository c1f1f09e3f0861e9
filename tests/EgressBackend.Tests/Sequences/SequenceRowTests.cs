using System.Text;
using Egress.Input;
using Egress.Tests;
using Parquet;
using Parquet.Schema;

namespace Egress.Backend.Tests.Sequences;

/// <summary>Sequences from files with columns.</summary>
public sealed class SequenceRowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fields_in_quotes_hold_commas_quotes_and_lines()
    {
        var path = Csv("id,\"te\"\"xt\",other\r\n1,\"a, \"\"b\"\"\r\nc\",x\r\n2,plain,\r\n3,\"größe 😀\",y\r\n\r\n");

        Assert.Equal(
            [new SequenceRow("1", "a, \"b\"\r\nc", 1), new SequenceRow("2", "plain", 2), new SequenceRow("3", "größe 😀", 3)], Read(path, "te\"xt", "id"));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_name()
    {
        var path = _folder["rows.csv"];
        File.WriteAllText(path, "text\none\n\ntwo", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(["one", "two"], Read(path, "text", null).Select(row => row.Text));
        File.WriteAllText(path, "text,id\none,1\n", Encoding.Unicode);
        Assert.Equal([new SequenceRow("1", "one", 1)], Read(path, "text", "id"));
    }

    [Theory]
    [InlineData("text\n", 0)]
    [InlineData("text\n\"\"\n", 1)]
    [InlineData("id,text\n1,\n", 1)]
    public void An_empty_text_is_a_text(string content, int count)
    {
        Assert.Equal(Enumerable.Repeat("", count), Read(Csv(content), "text", null).Select(row => row.Text));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("text,id\n1,2\n1,2,3\n", "line 3 has 3 fields, and the header has 2")]
    [InlineData("text,id\n1\n", "line 2 has 1 fields")]
    [InlineData("text,text\n1,2\n", "has the column 'text' twice")]
    [InlineData("text\n1\n\"2\n3\n4\n", "the quote that line 3 opens is not closed")]
    [InlineData("text,id\r\n\"a\r\nb\",\"c\r\nd", "the quote that line 3 opens is not closed (the row begins in line 2)")]
    [InlineData("text,id\na,\"b\nc,\"d\"\ne,f\n", "the field in quotes that line 2 begins goes on after the quote in line 3")]
    [InlineData("text\n\"a\"b\n", "goes on after the quote in line 2")]
    [InlineData("text\n\"", "the quote that line 2 opens is not closed")]
    public void A_damaged_file_names_the_line(string content, string reason)
    {
        var error = Fails(Csv(content), "text", null);
        Assert.Equal(EgressErrorCategory.InvalidData, error.Category);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_names_those_that_are_there()
    {
        var error = Fails(Csv("body;title\nx\n"), "text", null);
        Assert.Contains("has no column 'text'. It has: body;title.", error.Message, StringComparison.Ordinal);
        Assert.Contains("-TextColumn", error.Advice, StringComparison.Ordinal);
        Assert.Contains("-IdColumn", Fails(Csv("text\nx\n"), "text", "id").Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_text_is_an_error()
    {
        var path = _folder["rows.csv"];
        File.WriteAllBytes(path, [.. "text\n"u8, 0xC3, 0x28, (byte)'\n']);
        Assert.Contains("no UTF-8", Fails(path, "text", null).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_inside_of_a_field_is_a_character_and_swallows_no_row()
    {
        var path = Csv("id,text\n1,a 5\" disk\n2,two\n3,\" 3 \"\"\n\"\n4,\"a\"\n5, \"b\"\n");
        Assert.Equal(["a 5\" disk", "two", " 3 \"\n", "a", " \"b\""], Read(path, "text", null).Select(row => row.Text));
    }

    [Fact]
    public void Rows_before_an_open_quote_are_taken()
    {
        using var rows = new TorchBackend().ReadRows(Csv("text\none\n\"two\nthree\n"), "text", null).GetEnumerator();
        Assert.True(rows.MoveNext());
        Assert.Equal("one", rows.Current.Text);
        Assert.Throws<EgressException>(() => rows.MoveNext());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rows_are_the_same_wherever_the_buffer_ends(int step)
    {
        // Longer than any buffer, so that quotes and ends of lines fall on its last place and on its first one.
        var rows = Enumerable.Range(0, 9_000).Select(i => (Id: $"{i}", Text: new string('x', i * step % 7) + (i % 3 == 0 ? ",\"\r\n" : ""))).ToList();
        var content = "id,text\r\n" + string.Concat(rows.Select(row => $"{row.Id},\"{row.Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n"));
        Assert.Equal(rows, Read(Csv(content), "text", "id").Select(row => (row.Id!, row.Text!)));
    }

    [Fact]
    public void An_open_quote_ends_with_an_error_and_not_with_one_long_row()
    {
        var path = _folder["rows.csv"];
        File.WriteAllText(path, "text\nfirst\n\"" + new string('x', 20 << 20));
        var rows = new TorchBackend().ReadRows(path, "text", null).GetEnumerator();
        Assert.True(rows.MoveNext());
        Assert.Equal("first", rows.Current.Text);
        Assert.Equal(EgressErrorId.SequenceFileInvalid, Assert.Throws<EgressException>(() => rows.MoveNext()).ErrorId);
    }

    [Fact]
    public void Rows_come_as_they_are_asked_for()
    {
        // The error at its end comes only to those who go so far.
        var path = _folder["rows.csv"];
        File.WriteAllText(path, "text\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"row {i}\n")) + "a,b\n");
        Assert.Equal(["row 0", "row 1"], new TorchBackend().ReadRows(path, "text", null).Take(2).Select(row => row.Text));
        Assert.Throws<EgressException>(() => new TorchBackend().ReadRows(path, "text", null).Count());
    }

    [Fact]
    public async Task Parquet_rows_come_from_all_row_groups_with_text_and_whole_number_ids()
    {
        var (id, text, key) = (new DataField<long>("id"), new DataField<string>("text"), new DataField<int?>("key"));
        var path = await Parquet(
            [id, text, key],
            async group =>
            {
                await group.WriteAsync<long>(id, new long[] { 1, long.MaxValue });
                await group.WriteAsync(text, new[] { "one", null! });
                await group.WriteAsync<int>(key, new int?[] { null, -7 });
            },
            async group =>
            {
                await group.WriteAsync<long>(id, new long[] { 3 });
                await group.WriteAsync(text, new[] { "größe 😀" });
                await group.WriteAsync<int>(key, new int?[] { 9 });
            });

        Assert.Equal(
            [new SequenceRow("1", "one", 1), new SequenceRow("9223372036854775807", null, 2), new SequenceRow("3", "größe 😀", 3)], Read(path, "text", "id"));
        Assert.Equal([null, "-7", "9"], Read(path, "text", "key").Select(row => row.Id));
        Assert.Equal(["one", null, "größe 😀"], Read(path, "text", "text").Select(row => row.Id));
        Assert.All(Read(path, "text", null), row => Assert.Null(row.Id));
        Assert.Contains("It has: id, text, key.", Fails(path, "body", null).Message, StringComparison.Ordinal);
        Assert.Contains("Int64", Fails(path, "id", null).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_of_lists_has_no_texts()
    {
        var list = new ListField("tags", new DataField<string>("element"));
        var path = await Parquet([list], _ => Task.CompletedTask);
        Assert.Contains("'tags'", Fails(path, "tags", null).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_parquet_file_is_an_error_wherever_it_is_cut()
    {
        var text = new DataField<string>("text");
        var path = await Parquet([text], group => group.WriteAsync(text, Enumerable.Range(0, 100).Select(i => $"text {i}").ToArray()));
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        foreach (var length in new[] { 0, 3, 4, 100, bytes.Length / 2, bytes.Length - 1 })
        {
            await File.WriteAllBytesAsync(path, bytes[..length], TestContext.Current.CancellationToken);
            Assert.Equal(EgressErrorCategory.InvalidData, Fails(path, "text", null).Category);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_that_cannot_be_read()
    {
        foreach (var name in new[] { "none.csv", "none.parquet" })
        {
            var error = Assert.ThrowsAny<EgressException>(() => Read(_folder[name], "text", null));
            Assert.Equal(EgressErrorId.PathNotFound, error.ErrorId);
        }
    }

    private static List<SequenceRow> Read(string path, string textColumn, string? idColumn) => [.. new TorchBackend().ReadRows(path, textColumn, idColumn)];

    private static EgressException Fails(string path, string textColumn, string? idColumn)
    {
        var error = Assert.Throws<EgressException>(() => Read(path, textColumn, idColumn));
        Assert.Equal((EgressErrorId.SequenceFileInvalid, path), (error.ErrorId, error.Target));
        Assert.NotEmpty(error.Advice);
        return error;
    }

    private string Csv(string content)
    {
        File.WriteAllText(_folder["rows.csv"], content);
        return _folder["rows.csv"];
    }

    private async Task<string> Parquet(Field[] fields, params Func<ParquetRowGroupWriter, Task>[] groups)
    {
        var path = _folder["rows.parquet"];
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
        foreach (var write in groups)
        {
            using var group = writer.CreateRowGroup();
            await write(group);
        }

        return path;
    }
}
