-- Single sign-on: one person for one subject of a provider, also when two browsers come in at the same moment.
create unique index account_sign_on on account ("providerId", "accountId") where "providerId" = 'sign-on';
