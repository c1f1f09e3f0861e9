namespace Egress.Build;

/// <summary>A parameter: its description, and the block below it in PlatyPS's schema, whose names the properties have.</summary>
internal sealed record PageParameter
{
    public string Name { get; init; } = "";

    public IReadOnlyList<string> Description { get; init; } = [];

    /// <summary>The full name of the type.</summary>
    public string Type { get; set; } = "";

    /// <summary>The default, or how it is found; empty where there is none.</summary>
    public string DefaultValue { get; set; } = "";

    public bool SupportsWildcards { get; set; }

    public List<string> Aliases { get; set; } = [];

    public List<PageParameterSet> ParameterSets { get; set; } = [];

    public bool DontShow { get; set; }

    public List<string> AcceptedValues { get; set; } = [];

    public string HelpMessage { get; set; } = "";

    /// <summary>What the parameter is in one set.</summary>
    public PageParameterSet In(string set) =>
        ParameterSets.Find(candidate => candidate.Name == set) ?? ParameterSets.Find(candidate => candidate.Name == PageParameterSet.All)
        ?? throw new InvalidDataException($"The syntax has -{Name} in the set {set}, and its block does not.");
}

/// <summary>What a parameter is in one parameter set.</summary>
internal sealed record PageParameterSet
{
    /// <summary>The name of what is so in every set.</summary>
    public const string All = "(All)";

    public string Name { get; set; } = "";

    /// <summary>A number from 0, or <c>Named</c>.</summary>
    public string Position { get; set; } = "";

    public bool IsRequired { get; set; }

    public bool ValueFromPipeline { get; set; }

    public bool ValueFromPipelineByPropertyName { get; set; }

    public bool ValueFromRemainingArguments { get; set; }
}
