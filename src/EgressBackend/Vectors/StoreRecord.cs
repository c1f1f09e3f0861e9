using System.Text.Json;
using Egress.Models;
using Egress.Output.Journal;

namespace Egress.Backend.Vectors;

/// <summary>
/// What a database says about a table of vectors: how they are stored and what they were made with. The records of a schema's tables are in
/// a table of their own, <see cref="TableName"/>, with a row each.
/// </summary>
/// <param name="Layout">How the vectors lie in memory; the table's types follow from it.</param>
/// <param name="Settings">What decides the vectors.</param>
internal sealed record StoreRecord(VectorLayout Layout, RunSettings Settings)
{
    /// <summary>The table of records.</summary>
    public const string TableName = "egress_stores";

    /// <summary>The form of tables and records that this version writes.</summary>
    public const int Version = 1;

    /// <summary>The settings as a JSON object of texts.</summary>
    public string SettingsJson => JsonSerializer.Serialize(Settings.Values.ToDictionary(StringComparer.Ordinal));

    /// <summary>Makes a record of the columns of its row.</summary>
    /// <param name="location">What the table is called in errors.</param>
    /// <param name="version">The form in which it was written.</param>
    /// <param name="precision">The name of the elements' form.</param>
    /// <param name="dimension">Elements of a vector.</param>
    /// <param name="isTokenLevel">Whether there is a vector a token.</param>
    /// <param name="settings">The settings as JSON.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreInvalid"/>: this version cannot read it.</exception>
    public static StoreRecord Read(string location, int version, string precision, int dimension, bool isTokenLevel, string settings)
    {
        if (version > Version)
        {
            throw StoreErrors.Invalid(location, "a newer version of Egress has written it", "Use that version, or another -Table.");
        }

        try
        {
            return new StoreRecord(
                new VectorLayout(Enum.Parse<VectorPrecision>(precision), dimension, isTokenLevel),
                new RunSettings(JsonSerializer.Deserialize<Dictionary<string, string>>(settings)!));
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw StoreErrors.Invalid(location, $"its record in {TableName} cannot be read", "Drop the table and its record, or use another -Table.", error);
        }
    }

    /// <summary>Whether vectors of both can be in one table.</summary>
    public bool Matches(StoreRecord other) => Layout == other.Layout && Settings.Id == other.Settings.Id;

    /// <summary>What differs from a record before this one, in words.</summary>
    public string DifferencesFrom(StoreRecord before)
    {
        var differences = Settings.DifferencesFrom(before.Settings).ToList();
        if (Layout.Dimension != before.Layout.Dimension)
        {
            differences.Add($"vectors had {before.Layout.Dimension} elements and have {Layout.Dimension}");
        }

        return differences.Count > 0 ? string.Join(", ", differences) : $"{before.Layout} and {Layout}";
    }
}
