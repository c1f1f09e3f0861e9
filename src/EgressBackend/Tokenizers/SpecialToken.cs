namespace Egress.Backend.Tokenizers;

/// <summary>A token that a text may name as it is.</summary>
/// <param name="Text">The text that names it.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesSpaceBefore">Whether white space before it belongs to it.</param>
/// <param name="TakesSpaceBehind">Whether white space behind it does.</param>
internal sealed record SpecialToken(string Text, int Id, bool TakesSpaceBefore = false, bool TakesSpaceBehind = false);
