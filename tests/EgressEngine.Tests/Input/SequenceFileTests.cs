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
            {"text":"six"}
            """, idColumn: "id");
        Assert.Equal(["one", "two", null, null, null, "six"], rows.Select(row => row.Row.Text));
        Assert.Equal(["x", "7", null, null, null, null], rows.Select(row => row.Row.Id));
        Assert.Equal([false, false, true, true, true, false], rows.Select(row => row.Error is not null));
        Assert.Contains("Line 3", rows[2].Error!.Message, StringComparison.Ordinal);
        Assert.All(rows.Where(row => row.Error is not null), row => Assert.Equal(EgressErrorId.SequenceInvalid, row.Error!.ErrorId));
    }

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
