namespace Egress.Backend.Vectors;

/// <summary>The errors that databases of vectors have in common. A location here has no credentials in it.</summary>
internal static class StoreErrors
{
    /// <summary>A database or table is not one for vectors.</summary>
    public static EgressException Invalid(string location, string reason, string advice, Exception? inner = null) => new(
        EgressErrorId.VectorStoreInvalid, EgressErrorCategory.InvalidData, $"'{location}' holds no vectors of Egress: {reason}.", advice, location, inner);

    /// <summary>There is no table, or none of ours.</summary>
    public static EgressException NoTable(string location, TableName table, bool exists) => exists
        ? Invalid(location, $"the table {table} was made by something else", "Name another table with -Table.")
        : new EgressException(
            EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound, $"'{location}' has no table {table}.",
            "Name the table that Invoke-EmbeddingBatch has written with -Table, or check the -Destination.", location);

    /// <summary>The name of the view that shows elements in single precision is another thing's.</summary>
    public static EgressException ViewTaken(string location, TableName table) => Invalid(
        location, $"the name {table.View}, of the view beside the table {table}, is taken by something else", "Name another table with -Table, or drop what has the view's name.");

    /// <summary>The table has vectors of other settings.</summary>
    public static EgressException SettingsDiffer(string location, TableName table, StoreRecord record, StoreRecord before) => new(
        EgressErrorId.DestinationSettingsDiffer, EgressErrorCategory.InvalidArgument,
        $"The table {table} in '{location}' holds vectors of a run with other settings: {record.DifferencesFrom(before)}.",
        "Use the same settings or another -Table; -Force replaces the vectors.", location);

    /// <summary>Another run has replaced the table while this one was under way.</summary>
    public static EgressException Replaced(string location, TableName table) => new(
        EgressErrorId.VectorStoreFailed, EgressErrorCategory.InvalidOperation,
        $"Another run has replaced the table {table} in '{location}' while this one wrote to it.",
        "What this run had stored is gone. Give each model a -Table of its own.", location);

    /// <summary>A query with elements that are no numbers.</summary>
    public static EgressException NotFinite(string location) => new(
        EgressErrorId.VectorQueryInvalid, EgressErrorCategory.InvalidArgument, "The query has elements that are infinite or no numbers.",
        "Ask with a vector of finite numbers.", location);

    /// <summary>A query for the only vector of a sequence, where each of its tokens has one.</summary>
    public static EgressException TokenLevel(string location) => new(
        EgressErrorId.VectorQueryInvalid, EgressErrorCategory.InvalidArgument, $"'{location}' has a vector a token, and none of a whole sequence.",
        "Ask with a -Vector, or ask a table with one vector a sequence (-Pooling Mean, Cls or Last).", location);
}
