//! The closed sets that events are described and filtered by.

/// What was done, in DTR's words (`eventType`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Made, put in, signed in.
    Create,
    /// Used.
    Get,
    /// Changed.
    Update,
    /// Deleted, taken out, signed out.
    Delete,
    /// Refused, or gone wrong.
    Fail,
    /// Scanned.
    Scan,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Create,
        Self::Get,
        Self::Update,
        Self::Delete,
        Self::Fail,
        Self::Scan,
    ];

    /// Its name in the API.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Get => "GET",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Fail => "FAIL",
            Self::Scan => "SCAN",
        }
    }
}

/// Makes [`ObjectType`] with its names.
macro_rules! object_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kind of thing something was done to (`objectType`).
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum ObjectType {
            $($(#[$doc])* $variant,)*
        }

        impl ObjectType {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the API.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

object_types! {
    /// A user.
    User = "user",
    /// An organization.
    Organization = "organization",
    /// Who is in an organization.
    Membership = "membership",
    /// A team.
    Team = "team",
    /// Who is in a team.
    TeamMembership = "teamMembership",
    /// What a team may do in a repository.
    RepositoryAccess = "repositoryAccess",
    /// What a team may do in a whole namespace.
    NamespaceAccess = "namespaceAccess",
    /// The record of what happened.
    Events = "events",
    /// All repositories of an account.
    Namespace = "namespace",
    /// Who is told of what happens.
    Webhook = "webhook",
    /// A repository.
    Repository = "repository",
    /// A tag.
    Tag = "tag",
    /// A manifest.
    Manifest = "manifest",
    /// An access token.
    ApiToken = "apiToken",
    /// A public key, or a client certificate.
    PublicKey = "publicKey",
    /// A password.
    Password = "password",
    /// A second factor.
    SecondFactor = "secondFactor",
    /// Being signed in.
    Session = "session",
    /// Whose word is taken for who somebody is.
    IdentityProvider = "identityProvider",
    /// Who an account is at an identity provider.
    Identity = "identity",
    /// CI jobs that an organization trusts.
    WorkloadTrust = "workloadTrust",
    /// The settings of the registry.
    Settings = "settings",
    /// The key that signs registry tokens.
    TokenKey = "tokenKey",
    /// The data that images are judged by.
    VulnerabilityData = "vulnerabilityData",
    /// The scan of an image.
    Scan = "scan",
    /// A finding that somebody set aside.
    Override = "override",
    /// What is promoted from one repository to another, and when.
    PromotionPolicy = "promotionPolicy",
    /// An image that was promoted, or could not be.
    Promotion = "promotion",
    /// What of a repository is signed, and by whom.
    TrustData = "trustData",
    /// Which images may be pulled, by who signed them.
    TrustPolicy = "trustPolicy",
    /// What a cluster wants to run.
    Admission = "admission",
    /// A key that the registry signs trust data with.
    TrustKey = "trustKey",
    /// Whose signatures count.
    SignatureTrust = "signatureTrust",
}
