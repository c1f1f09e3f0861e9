@{
    # The rules of PSScriptAnalyzer that our scripts do not keep, and why.
    ExcludeRules = @(
        # What a build says is for who watches it.
        'PSAvoidUsingWriteHost'
        # Common commands read well without the names of their parameters.
        'PSAvoidUsingPositionalParameters'
        # PowerShell 7 reads UTF-8 without a mark, and a mark breaks the first line of scripts elsewhere.
        'PSUseBOMForUnicodeEncodedFile'
        # It does not see that a script's functions use the script's parameters.
        'PSReviewUnusedParameter'
        # Functions of scripts are not commands of a module: who calls them has decided.
        'PSUseShouldProcessForStateChangingFunctions'
    )
}
