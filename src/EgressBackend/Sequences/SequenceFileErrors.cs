namespace Egress.Backend.Sequences;

/// <summary>What is wrong with files with columns.</summary>
internal static class SequenceFileErrors
{
    /// <summary>A column is not there.</summary>
    public static EgressException NoColumn(string path, string column, string parameter, IEnumerable<string> columns) => new(
        EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidArgument,
        $"'{path}' has no column '{column}'. It has: {string.Join(", ", columns)}.", $"Name one of its columns with {parameter}.", path);

    /// <summary>A column's values are no texts.</summary>
    public static EgressException WrongType(string path, string column, string type, string parameter) => new(
        EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidArgument,
        $"The column '{column}' of '{path}' is of the type {type}.", $"Name a column with texts{(parameter == "-IdColumn" ? " or whole numbers" : "")} with {parameter}.", path);

    /// <summary>The content is not what it has to be.</summary>
    public static EgressException Damaged(string path, string reason, Exception? inner = null) => new(
        EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidData, $"'{path}' cannot be read: {reason}",
        "Check that the file is whole and of the kind that its name says. The rows before the damage have been taken.", path, inner);
}
