using System.Management.Automation;
using Egress.Vectors;

namespace Egress.Cmdlets.Support;

/// <summary>A destination of vectors as parameters name it.</summary>
internal static class VectorTarget
{
    /// <summary>Reads it.</summary>
    /// <param name="destination">What the user wrote.</param>
    /// <param name="format">The form that was asked for, or null.</param>
    /// <param name="table">The table in a database.</param>
    /// <param name="credential">The user of a database, or null for what address and environment say.</param>
    /// <param name="fullPath">Makes a full path of what the user wrote.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public static VectorDestination Read(
        string destination, VectorFormat? format, string table, PSCredential? credential, Func<string, string> fullPath)
    {
        var target = VectorAddress.Parse(destination, format, table, fullPath);
        if (credential is null)
        {
            return target;
        }

        return target.Format == VectorFormat.PostgreSql
            ? target with { User = credential.UserName, Password = credential.GetNetworkCredential().Password }
            : throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, $"{target.Format} knows no users.",
                "Leave -Credential away; it is for PostgreSQL. Object stores take theirs from the environment.", credential.UserName);
    }
}
