using System.Globalization;
using System.Management.Automation;
using Egress.Measurement;
using Egress.Models;

namespace Egress.Cmdlets.Support;

/// <summary>
/// An object of the pipeline that describes a configuration: a row of a table, or a result. PowerShell binds those of its properties that
/// it can convert and passes over the others in silence; this finds them.
/// </summary>
/// <param name="record">The object.</param>
/// <param name="columns">The types of parameters that properties bind to, but those that the user named: a name counts more than a property.</param>
internal sealed class SweepRecord(PSObject record, IReadOnlyDictionary<string, Type> columns)
{
    /// <summary>
    /// What an encoder's result has as its <see cref="OutputKind"/>, which is no <see cref="Models.OutputKind"/>; null where it is not said.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>: it is no pooling.</exception>
    public VectorPooling? ReadPooling()
    {
        const string Column = nameof(ThroughputResult.OutputKind);
        return !columns.ContainsKey(Column) || !Has(Column) ? null
            : EmbeddingConfiguration.TryParseOutputName(Text(Column)!, out var pooling) ? pooling
            : throw Invalid($"A record's {Column} is '{Text(Column)}', which no encoder puts out.", "Encoders put out Tokens, Mean, Cls or Last.");
    }

    /// <summary>Whether it says something of a parameter; an empty cell, where it is bound at all, does not.</summary>
    public bool Has(string column) => Text(column) is { Length: > 0 };

    /// <summary>Throws where a property of a parameter's name was not understood, or where there is no such property.</summary>
    /// <param name="others">Columns that are read in another way.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>, with the object as its target.</exception>
    public void Require(params string[] others)
    {
        var given = columns.Keys.Where(Has).ToList();
        if (given.Count == 0)
        {
            throw Invalid(
                $"'{record}' has no property of a parameter's name.",
                $"Pipe results, rows of a table or objects with such properties: {string.Join(", ", columns.Keys.Order(StringComparer.Ordinal))}.");
        }

        if (given.Except(others).FirstOrDefault(column => !IsUnderstood(column)) is { } misread)
        {
            throw Invalid(
                $"A record's {misread} is '{Text(misread)}', which is no value of -{misread}.",
                "A cell takes one value. For several, name them on the command line, or give each a row.");
        }
    }

    private bool IsUnderstood(string column) =>
        LanguagePrimitives.TryConvertTo(Property(column), columns[column], CultureInfo.InvariantCulture, out var value)
        && (value.GetType() != typeof(int[]) || Property(column) is not string text || IsNumber(text, (int[])value));

    // PowerShell makes 48 of the text '4,8' and 2 of '2.5'.
    private static bool IsNumber(string text, int[] read) =>
        read is [var only] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == only;

    private string? Text(string column) => Property(column)?.ToString();

    private object? Property(string column) => record.Properties[column]?.Value is { } value ? PSObject.AsPSObject(value).BaseObject : null;

    private EgressException Invalid(string message, string advice) =>
        new(EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, message, advice, record);
}
