import { type C4cState, SETS } from './state.ts';

const NAMESPACES = [
  'xmlns="http://schemas.microsoft.com/ado/2008/09/edm"',
  'xmlns:sap="http://www.sap.com/Protocols/SAPData"',
  'xmlns:c4c="http://www.sap.com/Protocols/C4CData"',
].join(' ');

/** The tenant's description of itself: the asked types only, and those they lead to (guide, "Filtering Metadata"). */
export function metadataOf(state: C4cState, filter: string | undefined): string {
  const wanted = filter?.split(',') ?? SETS;
  // A contact leads to its account.
  const names = SETS.filter(
    (set) => wanted.includes(set) || (set === 'CorporateAccount' && wanted.includes('Contact')),
  );
  const types = names.map((name) => {
    const rows = [...state.properties[name].values()]
      .map((one) => `<Property Name="${one.name}" Type="${one.type}" ${one.attributes}/>`)
      .join('');
    const link =
      name === 'Contact'
        ? '<NavigationProperty Name="CorporateAccount" Relationship="c4codataapi.Contact_CorporateAccount" FromRole="Contact" ToRole="CorporateAccount"/>'
        : '';
    return `<EntityType Name="${name}"><Key><PropertyRef Name="ObjectID"/></Key>${rows}${link}</EntityType>`;
  });
  const end = (set: string, many: string): string =>
    `<End Type="c4codataapi.${set}" Multiplicity="${many}" Role="${set}"/>`;
  const association = `<Association Name="Contact_CorporateAccount">${end('Contact', '*')}${end('CorporateAccount', '0..1')}</Association>`;
  const sets = names
    .map((name) => {
      const may = `sap:creatable="${!state.notCreatable.has(name)}" sap:updatable="${!state.notUpdatable.has(name)}" sap:deletable="${!state.notDeletable.has(name)}"`;
      return `<EntitySet Name="${name}Collection" EntityType="c4codataapi.${name}" ${may}/>`;
    })
    .join('');
  const between =
    '<AssociationSet Name="Contact_CorporateAccountSet" Association="c4codataapi.Contact_CorporateAccount"><End EntitySet="ContactCollection" Role="Contact"/><End EntitySet="CorporateAccountCollection" Role="CorporateAccount"/></AssociationSet>';
  const links = names.includes('Contact') ? [association, between] : ['', ''];
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">',
    '<edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">',
    `<Schema Namespace="c4codataapi" ${NAMESPACES}>`,
    ...types,
    links[0],
    `<EntityContainer Name="c4codataapi" m:IsDefaultEntityContainer="true">${sets}${links[1]}</EntityContainer>`,
    '</Schema></edmx:DataServices></edmx:Edmx>',
  ].join('');
}
