using Egress.Input;

namespace Egress.Tests.Input;

public sealed class SequenceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_text_file_has_a_sequence_a_line_and_blank_lines_none()
    {
        var rows = Read("a.txt", "one\r\n\n  two \nthree");
        Assert.Equal([("one", 1L), ("two", 3L), ("three", 4L)], rows.Select(row => (row.Row.Text!, row.Row.Place)));
        Assert.All(rows, row => Assert.Null(row.Row.Id));
    }

    [Fact]
    public void A_line_of_JSON_that_is_none_is_an_error_and_the_others_are_read()
    {
        var rows = Read("a.jsonl", """
            {"text":"one","id":"x"}
            {"text":"two","id":7}
            nonsense
            {"text":3}
            ["text"]
            {"text":"six","id":"y"}
            """, idColumn: "id");
        Assert.Equal(["one", "two", null, null, null, "six"], rows.Select(row => row.Row.Text));
        Assert.Equal(["x", "7", null, null, null, "y"], rows.Select(row => row.Row.Id));
        Assert.Equal([false, false, true, true, true, false], rows.Select(row => row.Error is not null));
        Assert.Contains("Line 3", rows[2].Error!.Message, StringComparison.Ordinal);
        Assert.All(rows.Where(row => row.Error is not null), row => Assert.Equal(EgressErrorId.SequenceInvalid, row.Error!.ErrorId));
    }

    [Theory]
    [InlineData("""{"text":"x\ud800","id":1}""", "Unicode")]
    [InlineData("""{"text":"x","id":"\ud800"}""", "Unicode")]
    [InlineData("""{"text":"x","number":1}""", "'id'")]
    [InlineData("""{"text":"x","id":[1]}""", "'id'")]
    public void A_line_whose_text_or_id_is_none_is_an_error_of_its_own(string line, string reason)
    {
        var rows = Read("a.jsonl", "{\"text\":\"one\",\"id\":\"x\"}\n" + line + "\n{\"text\":\"three\",\"id\":null}\n", idColumn: "id");
        Assert.Equal([("one", "x"), (null, null), ("three", null)], rows.Select(row => (row.Row.Text, row.Row.Id)));
        Assert.Equal((EgressErrorId.SequenceInvalid, $"{_folder["a.jsonl"]}:2"), (rows[1].Error!.ErrorId, rows[1].Error!.Target));
        Assert.Contains(reason, rows[1].Error!.Message, StringComparison.Ordinal);
        Assert.Null(rows[2].Error);
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    public void Bytes_that_are_no_text_are_an_error_and_not_a_question_mark(string name)
    {
        // Far enough behind the first line that it is not read together with them.
        File.WriteAllBytes(_folder[name], [.. "{\"text\":\"one\"}\n"u8, .. Enumerable.Repeat((byte)'\n', 10_000), .. "{\"text\":\"caf"u8, 0xE9, .. "\"}\n"u8]);
        using var rows = SequenceFile.Read(_folder[name], "text", null, () => throw new InvalidOperationException()).GetEnumerator();
        Assert.True(rows.MoveNext());
        Assert.Contains("one", rows.Current.Row.Text, StringComparison.Ordinal);
        var error = Assert.Throws<EgressException>(() => rows.MoveNext());
        Assert.Equal((EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidData, _folder[name]), (error.ErrorId, error.Category, error.Target));
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_with_a_byte_order_mark_is_read_in_its_encoding()
    {
        File.WriteAllText(_folder["a.txt"], "größe", System.Text.Encoding.Unicode);
        Assert.Equal("größe", Assert.Single(SequenceFile.Read(_folder["a.txt"], "text", null, () => throw new InvalidOperationException())).Row.Text);
    }

    [Theory]
    [InlineData("a.JSONL", true)]
    [InlineData("folder/a.parquet", true)]
    [InlineData("a.jpg", false)]
    [InlineData("README.md", false)]
    [InlineData("txt", false)]
    public void A_name_says_whether_sequences_are_in_a_file(string path, bool expected) => Assert.Equal(expected, SequenceFile.Reads(path));

    [Fact]
    public void Lines_are_read_as_they_are_asked_for()
    {
        var path = _folder["endless.txt"];
        File.WriteAllText(path, "one\n");
        using var rows = SequenceFile.Read(path, "text", null, () => throw new InvalidOperationException()).GetEnumerator();
        Assert.True(rows.MoveNext());
        Assert.Equal("one", rows.Current.Row.Text);
    }

    [Theory]
    [InlineData("missing.txt", EgressErrorId.PathNotFound)]
    [InlineData("a.docx", EgressErrorId.SequenceFileInvalid)]
    public void What_cannot_be_read_is_an_error(string name, string errorId)
    {
        var error = Assert.ThrowsAny<EgressException>(() => SequenceFile.Read(_folder[name], "text", null, () => throw new InvalidOperationException()).ToList());
        Assert.Equal(errorId, error.ErrorId);
    }

    private List<(SequenceRow Row, ItemException? Error)> Read(string name, string content, string? idColumn = null)
    {
        File.WriteAllText(_folder[name], content);
        return [.. SequenceFile.Read(_folder[name], "text", idColumn, () => throw new InvalidOperationException())];
    }
}
