namespace Egress.Build;

/// <summary>What a cmdlet's page says. Texts are paragraphs without markup.</summary>
internal sealed record CommandPage
{
    /// <summary>The cmdlet's name.</summary>
    public required string Name { get; init; }

    /// <summary>The file that Get-Help looks for: the name of the assembly with the cmdlet, and <c>-Help.xml</c>.</summary>
    public required string HelpFile { get; init; }

    public required string Synopsis { get; init; }

    /// <summary>One for each parameter set.</summary>
    public required IReadOnlyList<PageSyntax> Syntax { get; init; }

    public required IReadOnlyList<string> Description { get; init; }

    public required IReadOnlyList<PageExample> Examples { get; init; }

    public required IReadOnlyList<PageParameter> Parameters { get; init; }

    public required IReadOnlyList<PageType> Inputs { get; init; }

    public required IReadOnlyList<PageType> Outputs { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<PageLink> Links { get; init; }
}

/// <summary>A parameter set: its parameters' names in the order of the syntax, each with the short name of its type.</summary>
/// <param name="Set">The set's name; <c>(All)</c> where there is only one.</param>
/// <param name="Parameters">The type is null for a switch.</param>
internal sealed record PageSyntax(string Set, IReadOnlyList<(string Name, string? Type)> Parameters);

/// <summary>An example.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Transcript">Commands and their output, as they would stand in a terminal.</param>
/// <param name="Remarks">What is said about it.</param>
internal sealed record PageExample(string Title, string Transcript, IReadOnlyList<string> Remarks);

/// <summary>A type that a cmdlet takes or gives.</summary>
internal sealed record PageType(string Name, IReadOnlyList<string> Description);

/// <summary>A place to read on. The address is empty where the text is the name of a topic or a cmdlet.</summary>
internal sealed record PageLink(string Text, string Address);
