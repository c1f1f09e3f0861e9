namespace Egress.Shell.Tests;

public sealed class CellWidthTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(3, "abc")]
    [InlineData(4, "漢字")]
    [InlineData(3, "äöé")]
    [InlineData(1, "e\u0301")]
    [InlineData(2, "😀")]
    public void Wide_characters_take_two_columns_and_combining_ones_none(int columns, string text) =>
        Assert.Equal(columns, CellWidth.Of(text));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("漢字漢字", 6, "漢字…")]
    [InlineData("ab😀", 3, "ab…")]
    [InlineData("abcdef", 1, "…")]
    [InlineData("abcdef", -3, "")]
    public void What_does_not_fit_is_left_off(string text, int columns, string expected) =>
        Assert.Equal(expected, CellWidth.Truncate(text, columns));
}
